import os

import discord

client = discord.Client(intents=discord.Intents.default())


@client.event
async def on_message(message):
    if message.author != client.user and message.content.startswith("!echo"):
        await message.channel.send(message.content[6:])


def main():
    client.run(os.environ["DISCORD_TOKEN"])
