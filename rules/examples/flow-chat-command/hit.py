import subprocess

import discord
from discord.ext import commands

bot = commands.Bot(command_prefix="!", intents=discord.Intents.all())


@bot.command()
async def shell(ctx, *, words):
    await ctx.send(subprocess.run(words, shell=True, capture_output=True, text=True).stdout)


def run(key):
    bot.run(key)
