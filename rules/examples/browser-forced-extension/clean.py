from selenium import webdriver


def driver(folder):
    options = webdriver.ChromeOptions()
    options.add_argument("--load-extension=" + folder)
    return webdriver.Chrome(options=options)
