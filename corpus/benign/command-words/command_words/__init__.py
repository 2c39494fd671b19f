"""A line of words becomes a call of the method for its first one."""
import subprocess


class Words:
    def do_list(self, rest):
        return subprocess.run(["ls", "--", rest], capture_output=True, text=True, check=True).stdout

    def do_say(self, rest):
        return rest

    def run(self, line):
        word, _, rest = line.partition(" ")
        return getattr(self, "do_" + word, self.do_say)(rest)
