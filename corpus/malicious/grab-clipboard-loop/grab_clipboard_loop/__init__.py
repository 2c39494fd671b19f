from . import watch
watch.begin()
