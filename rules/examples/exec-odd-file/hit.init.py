exec(open("demo/logo.png").read())
