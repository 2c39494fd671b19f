rule picture_with_code {
    meta:
        id = "picture-with-code"
        title = "Is a picture or a sound with Python code in it"
        description = "No viewer shows it; a line of code elsewhere cuts it out and runs it."
        family = "disguise"
        level = "critical"
        status = "stable"
        tags = "attack.t1027.003, attack.t1036.008"
        falsepositives = "Test data of tools that look for hidden code"
        formats = "data"
    strings:
        $exec = /(exec|eval)\((base64|__import__|compile|zlib|marshal|bytes|codecs|lzma)[.(]/
        $import = /import (os|sys|base64|socket|subprocess|urllib|requests|ctypes)[;\r\n, ]/
        $call = /(os\.system|os\.popen|subprocess\.(run|Popen|call|check_output))\(/
    condition:
        (uint32be(0) == 0x89504e47 or uint32be(0) == 0x47494638 or uint16be(0) == 0xffd8 or uint32be(0) == 0x52494646
            or uint16be(0) == 0x424d or uint32be(0) == 0x00000100)
        and ($exec or ($import and $call))
}
