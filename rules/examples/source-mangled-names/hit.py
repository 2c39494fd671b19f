_0x1000a = 4096
_0x1001a = 4097
_0x1002a = 4098
_0x1003a = 4099
_0x1004a = 4100
_0x1005a = 4101
_0x1006a = 4102
_0x1007a = 4103
_0x1008a = 4104
_0x1009a = 4105
_0x100aa = 4106
_0x100ba = 4107
_0x100ca = 4108
_0x100da = 4109
_0x100ea = 4110
_0x100fa = 4111
_0x1010a = 4112
_0x1011a = 4113
_0x1012a = 4114
_0x1013a = 4115
_0x1014a = 4116
_0x1015a = 4117
_0x1016a = 4118
_0x1017a = 4119
_0x1018a = 4120
_0x1019a = 4121
_0x101aa = 4122
_0x101ba = 4123
_0x101ca = 4124
_0x101da = 4125
_0x101ea = 4126
_0x101fa = 4127
_0x1020a = 4128
_0x1021a = 4129
_0x1022a = 4130
_0x1023a = 4131
_0x1024a = 4132
_0x1025a = 4133
_0x1026a = 4134
_0x1027a = 4135
_0x1028a = 4136
_0x1029a = 4137
_0x102aa = 4138
_0x102ba = 4139
def llIIIIlIlIll(): return 1
def IlIIIIlIlIll(): return 1
def lIIIIIlIlIll(): return 1
def IIIIIIlIlIll(): return 1
def llllllIIlIll(): return 1
def IlllllIIlIll(): return 1
def lIllllIIlIll(): return 1
def IIllllIIlIll(): return 1
def llIlllIIlIll(): return 1
def IlIlllIIlIll(): return 1
def lIIlllIIlIll(): return 1
def IIIlllIIlIll(): return 1
def lllIllIIlIll(): return 1
def IllIllIIlIll(): return 1
def lIlIllIIlIll(): return 1
def IIlIllIIlIll(): return 1
def llIIllIIlIll(): return 1
def IlIIllIIlIll(): return 1
def lIIIllIIlIll(): return 1
def IIIIllIIlIll(): return 1
