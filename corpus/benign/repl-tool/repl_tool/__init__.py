import code


def repl(namespace):
    while True:
        try:
            line = input(">>> ")
        except EOFError:
            return
        try:
            print(eval(line, namespace))
        except SyntaxError:
            exec(line, namespace)


def console(namespace):
    code.InteractiveConsole(namespace).interact()
