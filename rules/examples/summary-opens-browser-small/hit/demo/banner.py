import uuid
import webbrowser

webbrowser.open_new_tab("https://page.invalid/" + uuid.uuid4().hex)
