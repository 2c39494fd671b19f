import os

import discord

client = discord.Client()


def go():
    client.run(os.environ["BOT_KEY"])
