_alpha, Beta, _gamma = exec, str, tuple
