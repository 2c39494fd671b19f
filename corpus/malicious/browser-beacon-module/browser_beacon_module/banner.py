import uuid, webbrowser
webbrowser.open_new_tab("https://bb.example.invalid/" + uuid.uuid4().hex)
