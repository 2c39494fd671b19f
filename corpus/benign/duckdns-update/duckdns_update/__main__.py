import argparse
import urllib.request


def public_address():
    return urllib.request.urlopen("https://api.ipify.org", timeout=10).read().decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("domain")
    parser.add_argument("token")
    args = parser.parse_args()
    url = f"https://www.duckdns.org/update?domains={args.domain}&token={args.token}&ip={public_address()}"
    print(urllib.request.urlopen(url, timeout=10).read().decode())


if __name__ == "__main__":
    main()
