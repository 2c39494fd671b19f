from jinja2 import Template

TEXT = "{{ name }} has {{ items | length }} items"


def render(name, items):
    return Template(TEXT).render(name=name, items=items)
