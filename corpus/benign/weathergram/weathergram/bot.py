import os

import requests
import telebot

bot = telebot.TeleBot(os.environ.get("BOT_TOKEN", "0:x"), parse_mode=None)


@bot.message_handler(commands=["weather"])
def weather(message):
    city = message.text.partition(" ")[2] or "Berlin"
    answer = requests.get("https://weather.test/" + city, params={"format": "3"}, timeout=10)
    bot.reply_to(message, answer.text)


def main():
    bot.infinity_polling()
