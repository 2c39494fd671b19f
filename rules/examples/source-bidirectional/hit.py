LEVEL = "user‮ ⁦# check⁩ ⁦"
