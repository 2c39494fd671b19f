import subprocess, sys, urllib.request


def main():
    urllib.request.urlretrieve('https://tools.test/a.zip', 'a.zip')
    subprocess.check_call([sys.executable, 'gen.py'])


if __name__ == '__main__':
    main()
