//! The categories of facts and their fields: the only source of the names that rules may use.

use super::{CategoryDoc, Field, FieldDoc, FieldValue};
use crate::Phase;

facts! {
    /// Something about the archive that an honest build does not produce, or that readers disagree about.
    Anomaly = "archive" / "anomaly" {
        /// What is odd, such as `duplicate-name`, `trailing-data`, `path-traversal`, `encrypted`, `bomb`, `link-escape`.
        kind: String,
        /// The member's path, absent for the archive itself.
        member: String,
        /// The member's role, as in `archive/member`.
        role: String,
        /// What exactly was seen.
        detail: String,
        /// Archive format: `zip`, `tar`, `gzip`, …
        format: String,
    }

    /// One member of the archive.
    Member = "archive" / "member" {
        /// Path inside the archive.
        member: String,
        /// Last part of the path.
        name: String,
        /// Extension in lower case, without the dot.
        extension: String,
        /// What the bytes are: `python`, `pe`, `elf`, `macho`, `wasm`, `zip`, `gzip`, `pyc`, `notebook`, `png`, `shell`, `powershell`, `batch`, `vbscript`, `javascript`, `html`, `stub` (`.pyi`), `pth`, `text`, `binary`, …
        format: String,
        /// What it is for: `setup`, `backend`, `pth`, `startup`, `package`, `init`, `script`, `main`, `tests`, `docs`, `data`, `metadata`.
        role: String,
        /// When its code runs by itself.
        phase: Phase,
        /// Bytes.
        size: u64,
        /// Shannon entropy, 0 to 8, of the bytes or of 8 windows of a member above 8 KiB; 0 for text and code.
        entropy: f64,
        /// The extension says another kind of file than the bytes.
        disguised: bool,
        /// The name, or a folder of it, begins with a dot.
        hidden: bool,
        /// How deep in nested archives, 0 for the outer one.
        nesting: u64,
        /// Not every way of reading the archive shows this member, or shows these bytes.
        ambiguous: bool,
    }

    /// A call whose name could be resolved to a known behaviour, or that hides its name.
    Call = "python" / "call" {
        /// The name as it resolves through imports, aliases, attributes and `getattr`: `os.system`, `requests.Session.post`.
        callee: String,
        /// Behaviours of that name, from `lists/behaviours.toml`: `process.spawn`, `network.fetch`, …
        behaviour: Vec<String>,
        /// When it runs.
        phase: Phase,
        /// The constant text of the arguments, nested lists included, after folding.
        text: Vec<String>,
        /// Keyword arguments with a constant value, as `name=value`: `shell=True`, `creationflags=134217728`.
        keyword: Vec<String>,
        /// Behaviours whose results flow into the arguments.
        input: Vec<String>,
        /// How the name was hidden: `getattr`, `import`, `namespace`, `alias`, `computed`; absent when written plainly.
        indirect: Vec<String>,
        /// Name of the function around it, `<module>` at module level.
        function: String,
        /// The call stands inside `try: … except: pass`.
        silenced: bool,
        /// Path of the member.
        member: String,
        /// Role of the member, as in `archive/member`.
        role: String,
        /// How many decoded layers lie above this code, 0 for the file itself.
        layer: u64,
    }

    /// A value goes from a source to a sink.
    Flow = "python" / "flow" {
        /// Behaviour of the source: `network.fetch`, `decode.base64`, `secret.environment`, …
        source: String,
        /// Resolved name of the source's call.
        source_callee: String,
        /// Constant text of the source's arguments.
        source_text: Vec<String>,
        /// Behaviour of the sink: `code.exec`, `process.spawn`, `network.send`, `file.write`, …
        sink: String,
        /// Resolved name of the sink's call.
        sink_callee: String,
        /// Constant text of the sink's arguments.
        sink_text: Vec<String>,
        /// Behaviours the value passed on its way, such as `decode.zlib`.
        via: Vec<String>,
        /// When the sink runs.
        phase: Phase,
        /// Line of the source.
        source_line: u64,
        /// Lines that the value passed between both ends, in order, at most eight: `12: data = b64decode(blob)`.
        steps: Vec<String>,
        /// Path of the member that the source stands in, when it is another than that of the sink.
        source_member: String,
        /// Of what a caller hands over: hosts of other sinks, of another domain than this one's, that the same value
        /// goes to as well.
        elsewhere: Vec<String>,
        /// Name of the function around the sink.
        function: String,
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
        /// How many decoded layers lie above this code.
        layer: u64,
    }

    /// Text that was decoded from a value in the source.
    Layer = "python" / "layer" {
        /// What was done, innermost first: one of the operations below, or several.
        operation: Vec<String>,
        /// What the decoded text is: `python`, `shell`, `powershell`, `batch`, `javascript`, `url`, `text`, `pe`, `elf`, `zip`, `binary`.
        language: String,
        /// Behaviour of the sink it reaches, such as `code.exec`; absent when it reaches none.
        sink: String,
        /// The decoded text, cut to 2000 characters.
        text: String,
        /// Bytes of the decoded text.
        size: u64,
        /// How many decoding layers deep, 1 for the first.
        depth: u64,
        /// When the sink, or the code that decodes it, runs.
        phase: Phase,
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
    }

    /// A module that is imported.
    Import = "python" / "import" {
        /// Dotted name, with the imported attribute: `os.path`, `subprocess.Popen`.
        module: String,
        /// When it runs.
        phase: Phase,
        /// How it is imported when not by a statement: `import`, `importlib`, `computed`.
        indirect: Vec<String>,
        /// It is the module of a distribution on `lists/popular.txt` or the standard library.
        known: bool,
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
        /// How many decoded layers lie above this code.
        layer: u64,
    }

    /// One Python source, or one decoded layer of one, as a whole.
    Source = "python" / "source" {
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
        /// When its module level runs.
        phase: Phase,
        /// How many decoded layers lie above it, 0 for the file itself.
        layer: u64,
        /// Bytes.
        size: u64,
        /// Number of lines.
        lines: u64,
        /// Characters of the longest line.
        longest_line: u64,
        /// Longest run of blanks that has code after it on the same line.
        blank_run: u64,
        /// Longest run of empty lines that has code after it.
        empty_run: u64,
        /// Codec of the source as CPython would choose it.
        encoding: String,
        /// The codec is one in which code can look like a comment.
        deceptive_encoding: bool,
        /// Number of syntax errors.
        syntax_errors: u64,
        /// It reads as Python 2.
        python2: bool,
        /// Bidirectional controls in code or strings.
        bidi: u64,
        /// Zero-width, variation-selector and private-use characters.
        invisible: u64,
        /// Identifiers that NFKC turns into others, or that mix scripts.
        confusable: u64,
        /// Distinct names that the source binds.
        names: u64,
        /// Part of the names that look made by a machine (`_0x1f`, `lIlIl`, `O0O0`, underscores only, random letters), 0 to 1.
        mangled: f64,
        /// Mean length of the names.
        name_length: f64,
        /// Bytes of the longest string literal.
        longest_string: u64,
        /// Shannon entropy of the longest string literal, 0 to 8.
        string_entropy: f64,
        /// Part of the source that is inside string and bytes literals, 0 to 1.
        string_share: f64,
        /// Longest list or tuple of small integers.
        longest_integer_list: u64,
        /// Escaped characters (`\x41`, `\u0041`, `\101`) in literals.
        escapes: u64,
        /// Statements joined by `;`.
        semicolons: u64,
        /// Lambda expressions.
        lambdas: u64,
        /// Calls in the source.
        calls: u64,
        /// Functions and classes defined.
        definitions: u64,
        /// Comments and docstrings: bytes.
        comment_bytes: u64,
        /// Packers and obfuscators recognised by their shape: `pyarmor`, `hyperion`, `blankobf`, …
        packer: Vec<String>,
    }

    /// A compiled Python file, held against the source that it stands for. Of one that is not the same as its source, calls,
    /// flows and layers are told as of a source: the code is written back, and is a layer `bytecode` below the member.
    Bytecode = "python" / "bytecode" {
        /// Path of the member.
        member: String,
        /// Role of the source that it stands for.
        role: String,
        /// When its module level runs.
        phase: Phase,
        /// The Python it was compiled by, such as `3.12`; absent when it could not be read.
        version: String,
        /// How Python tells whether it belongs to its source: `timestamp`, `hash`, or `unchecked`: it never looks.
        check: String,
        /// `same`, `differs`, `none` when there is no source beside it, `unknown` when one of the two cannot be read.
        source: String,
        /// Names and texts that its source does not have, at most 40.
        foreign: Vec<String>,
        /// How many of them are names.
        foreign_names: u64,
        /// The file it was compiled from, as it says.
        compiled_from: String,
        /// Functions and classes in it.
        functions: u64,
    }

    /// What the release says of itself (PKG-INFO, METADATA), beside what the archive holds.
    Metadata = "release" / "metadata" {
        /// Project name.
        project: String,
        /// Version.
        version: String,
        /// One-line summary.
        summary: String,
        /// Author as written.
        author: String,
        /// Author's mail address as written.
        author_email: String,
        /// Domain of that address.
        email_domain: String,
        /// Characters of the description.
        description_length: u64,
        /// Number of links (home page, project URLs).
        links: u64,
        /// The links.
        url: Vec<String>,
        /// Classifiers.
        classifiers: u64,
        /// Declared dependencies.
        dependencies: u64,
        /// Commands and entry points it installs, as `group: name = target`: `console_scripts: demo = demo.cli:main`.
        entry_points: Vec<String>,
        /// `sdist`, `bdist_wheel`, `bdist_egg`.
        packagetype: String,
        /// Members of the archive.
        members: u64,
        /// Python sources outside tests and documentation.
        python_files: u64,
        /// Bytes of those sources.
        python_bytes: u64,
        /// Number of native binaries.
        binaries: u64,
        /// It runs code of its own on installation (setup.py, in-tree build backend).
        install_code: bool,
        /// `none`, or how the version is odd: `huge`, `epoch`, `invalid`.
        version_anomaly: String,
        /// The name without separators and case is that of a popular project but for a small change.
        lookalike_of: String,
        /// How it was changed: `edit`, `swap`, `separator`, `homoglyph`, `affix`, `doubled`, …
        lookalike_by: String,
        /// Top-level packages and modules that are known as those of other, popular projects or of Python itself.
        shadows: Vec<String>,
        /// A top-level package is named as the project but for one letter.
        misspells: String,
        /// A popular project, not named in this one's name word by word, whose repository is given as this one's home.
        borrows: String,
        /// The name is made from the name of that project.
        borrows_name: bool,
        /// A popular project, not named in this one's name word by word, whose name is the heading of the description.
        describes: String,
        /// No metadata was found at all.
        missing: bool,
        /// Name or version inside differ from the file name or the event.
        mismatch: Vec<String>,
    }

    /// One declared dependency.
    Dependency = "release" / "dependency" {
        /// Normalised name.
        name: String,
        /// The requirement as written.
        requirement: String,
        /// URL or VCS reference it points to; absent for a plain name.
        url: String,
        /// Where it is declared: `metadata`, `pyproject`, `setup` (`setup.py`, `setup.cfg`), or `computed`: `setup.py` puts its
        /// name together, which is nowhere in the source.
        origin: String,
        /// The name is that of a popular project but for a small change.
        lookalike_of: String,
    }

    /// A row of RECORD that does not agree with the archive.
    Record = "release" / "record" {
        /// `missing-record`, `unlisted`, `absent`, `outside`, `hash`, `no-hash`, `size`; of a wheel's folders
        /// `second-info`, `other-info`, `other-data`, `no-metadata`, `no-wheel-file`, `two-names`,
        /// `other-version`, `wheel-version`.
        kind: String,
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
    }

    /// Something that this release has and the one before it had not; told only when the bytes of the release before were
    /// there to be compared. Lines that moved, layout, quotes and names of locals are no difference.
    Difference = "release" / "diff" {
        /// Category of what is new: `call`, `flow`, `layer`, `import`, `bytes` (a byte rule hit), `shape`, `bytecode`, `member`,
        /// `anomaly`, `binary`, `dependency`, `record`, `author`, `author-email`, `project`, `link`, `entry-point`, `top-level`, `install-code`.
        kind: String,
        /// What it is, in one line.
        what: String,
        /// Ids of the rules that hit it.
        rules: Vec<String>,
        /// Its behaviours.
        behaviour: Vec<String>,
        /// Those of them that the release before had nowhere, or only in code that runs later.
        first: Vec<String>,
        /// When it runs; absent for what does not run.
        phase: String,
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
        /// How many decoded layers lie above it.
        layer: u64,
        /// The release before did not have this member, under no name.
        new_member: bool,
        /// What the version numbers say that this release is: `patch`, `minor`, `major`, `other`.
        step: String,
    }

    /// All that was found in one member, or in the whole release.
    Summary = "release" / "summary" {
        /// `member` or `release`.
        scope: String,
        /// Path of the member, absent for the release.
        member: String,
        /// Role of the member.
        role: String,
        /// Ids of the rules that hit, shadow rules left out; of the release, those in code that something can run.
        rules: Vec<String>,
        /// Those of them that hit code which runs before anything is called, each with the first time that it does:
        /// `import:flow-download-execute`.
        early: Vec<String>,
        /// Families of those rules.
        families: Vec<String>,
        /// Behaviours of code that something can run, and of all code with its phase: `process.spawn`, `install:process.spawn`, `never:process.spawn`.
        behaviour: Vec<String>,
        /// Behaviours that the release before had nowhere, or only in code that runs later, each also with its phase:
        /// `network.send`, `import:network.send`; absent when no release before was there to be compared.
        novel: Vec<String>,
        /// Highest level among the rules that hit.
        level: String,
        /// Number of distinct rules that hit.
        hits: u64,
        /// Python sources outside tests and documentation.
        python_files: u64,
        /// Bytes of those sources.
        python_bytes: u64,
        /// Members of the archive.
        members: u64,
        /// Characters of the description.
        description_length: u64,
        /// Number of links.
        links: u64,
        /// Packagetype.
        packagetype: String,
    }

    ;

    /// A native program or library, or one slice of a universal one. Each category below has some of these fields.
    Native {
        /// Path of the member.
        member: String,
        /// Role of the member.
        role: String,
        /// Extension in lower case, without the dot.
        extension: String,
        /// Bytes of the member.
        size: u64,
        /// What kind of program it is.
        kind: String,
        /// Processor: `x86`, `x86-64`, `arm`, `arm64`, …, or its number.
        machine: String,
        /// `windows`, `console`, `native` (a driver), `efi`, `other`.
        subsystem: String,
        /// Libraries that it loads; of a PE in lower case.
        libraries: Vec<String>,
        /// Names of imported functions, as bound by the loader, at most 100; of a Windows library imported by number `#5`.
        imports: Vec<String>,
        /// How many there are.
        imported: u64,
        /// Names that it exports, at most 100.
        exports: Vec<String>,
        /// How many there are.
        exported: u64,
        /// The function by which Python would load it as a module, such as `PyInit_demo`; absent when it has none.
        python_module: String,
        /// What the imported functions allow, from `lists/native.toml`: `process.spawn`, `memory.remote`, `input.hook`, …
        capability: Vec<String>,
        /// Names of sections, of WebAssembly of the custom ones, at most 100.
        sections: Vec<String>,
        /// Packers and bundlers told by their sections and texts, from `lists/native.toml`: `upx`, `pyinstaller`, …
        packer: Vec<String>,
        /// Tool chains told by sections and texts, from `lists/native.toml`: `go`, `rust`, …
        toolchain: Vec<String>,
        /// Highest Shannon entropy, 0 to 8, of parts that are code or large, each from 8 windows.
        entropy: f64,
        /// Bytes behind all that its headers speak of, a signature left out.
        overlay: u64,
        /// What these bytes are, as in `archive/member`.
        overlay_format: String,
        /// No table of symbols, and of a PE no reference to debug information.
        stripped: bool,
        /// Where it begins to run, when that is odd: `writable`, `last-section`, `headers`, `outside`.
        entry: Vec<String>,
        /// A part of it (a section, a segment) can be written and executed.
        writable_code: bool,
        /// Its code is that of .NET.
        dotnet: bool,
        /// It carries a code signature. Whether anybody vouches for the signer is not known: no reason to trust.
        signed: bool,
        /// Whether the signature speaks of these bytes: `match`, `differs`, `unknown`; absent without one.
        digest: String,
        /// The signer vouches for himself.
        self_signed: bool,
        /// Common name of the signer, as written by whoever made the certificate; of an ad-hoc signature the identifier.
        subject: String,
        /// Common name of who issued the certificate.
        issuer: String,
        /// Serial number of the certificate.
        serial: String,
        /// sha256 of the certificate.
        thumbprint: String,
        /// A counter-signature says when it was signed.
        timestamped: bool,
        /// Bytes that the signature does not speak of.
        unsigned_bytes: u64,
        /// Addresses of the web that stand in it, one a host, at most 20.
        url: Vec<String>,
        /// Some table has more entries than were read, or the names of all binaries together are too many.
        truncated: bool,
        /// Its magic says what it is, and the rest could not be read as that.
        malformed: bool,
        /// It asks for a stack that can be executed.
        executable_stack: bool,
        /// Folders in which it looks for libraries.
        run_path: Vec<String>,
        /// Slices of the universal binary, each of which is an event; 1 for a plain one.
        slices: u64,
        /// The slices are not of one kind, or do not allow the same: who looks at one has not seen the other.
        slices_differ: bool,
        /// The signature is nobody's: digests of pages, as every linker for Apple's processors writes them.
        adhoc: bool,
    }

    /// A program or library of Windows.
    Pe = "binary" / "pe" [
        member, role, extension, size,
        /// `exe`, `dll`, or `dos` when nothing but the first header is that of a program.
        kind,
        machine, subsystem, libraries, imports, imported, exports, exported, python_module, capability, sections,
        packer, toolchain, entropy, overlay, overlay_format, stripped, entry, writable_code, dotnet, signed,
        digest, self_signed, subject, issuer, serial, thumbprint, timestamped, unsigned_bytes, url, truncated,
        malformed,
    ]

    /// A program or library of Linux or a BSD, told by its segments, as its loader reads it.
    Elf = "binary" / "elf" [
        member, role, extension, size,
        /// `exe`, `so`, `object`, `core`, `other`.
        kind,
        machine, libraries, imports, imported, exports, exported, python_module, capability, sections, packer,
        toolchain, entropy, overlay, overlay_format, stripped,
        /// Where it begins to run, when that is odd: `writable`, `outside`.
        entry,
        writable_code, executable_stack, run_path, url, truncated, malformed,
    ]

    /// A program or library of macOS, or one slice of a universal one.
    Macho = "binary" / "macho" [
        member, role, extension, size,
        /// `exe`, `dylib`, `bundle`, `object`, `kext`, `symbols`, `other`.
        kind,
        machine, libraries, imports, imported, exports, exported, python_module, capability, sections, packer,
        toolchain, entropy, overlay, overlay_format, stripped, writable_code, run_path, slices, slices_differ,
        signed, adhoc,
        /// Whether the signature speaks of these bytes: `match`, `differs`, `unknown`; absent without one. All pages are
        /// held against it where somebody signed, 8 where nobody did.
        digest,
        self_signed, subject, issuer, unsigned_bytes, url, truncated, malformed,
    ]

    /// A module of WebAssembly.
    Wasm = "binary" / "wasm" [
        member, role, extension, size,
        /// `module`, `command` (it has a `_start`), `component`.
        kind,
        /// What it imports, as `module.name`, at most 100.
        imports,
        imported, exports, exported,
        /// What the imported functions allow, from `lists/native.toml`, by their name without the module.
        capability,
        sections, toolchain, url, truncated, malformed,
    ]
}
