from PIL import ImageGrab


def snapshot(path, box=None):
    ImageGrab.grab(bbox=box).save(path)
