PAGE = """
<script>fetch("/data.json").then(r => r.json()).then(draw)</script>
"""
