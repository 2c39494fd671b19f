"""Answers two questions with the output of two fixed programs."""
import os
import subprocess

from discord.ext import commands

bot = commands.Bot(command_prefix="!")


@bot.command()
async def uptime(ctx):
    await ctx.send(subprocess.run(["uptime"], capture_output=True, text=True).stdout)


@bot.command()
async def disk(ctx):
    await ctx.send(subprocess.run(["df", "-h"], capture_output=True, text=True).stdout)


def run():
    bot.run(os.environ["BOT_KEY"])
