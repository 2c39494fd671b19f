import jinja2

_banner = jinja2.Template("{{ item.__class__.__name__ }} {{ name }}")


def banner(item, name):
    return _banner.render(item=item, name=name)
