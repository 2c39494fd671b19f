//! Facts: what an analyser knows, without suspicion. Each is one Sigma event.
//!
//! The types here are the only source of the field names that rules may use; `rules/FACTS.md` is written from
//! [`CATALOGUE`].

use std::borrow::Cow;

use crate::{Phase, Place};

/// One fact and where it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub place: Place,
    pub kind: FactKind,
}

/// The value of a field, as a rule compares it.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'a> {
    Text(Cow<'a, str>),
    Texts(&'a [String]),
    Integer(i64),
    Number(f64),
    Flag(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Texts,
    Integer,
    Number,
    Flag,
}

impl FieldType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "list of text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Flag => "true or false",
        }
    }
}

/// What one category of facts is called and holds.
#[derive(Debug)]
pub struct CategoryDoc {
    pub product: &'static str,
    pub category: &'static str,
    pub doc: &'static [&'static str],
    pub fields: &'static [FieldDoc],
}

#[derive(Debug)]
pub struct FieldDoc {
    pub name: &'static str,
    pub kind: FieldType,
    pub doc: &'static [&'static str],
}

/// How a Rust type answers as a field. `None` means the field is absent from the event.
trait Field {
    const KIND: FieldType;
    fn value(&self) -> Option<FieldValue<'_>>;
}

impl Field for String {
    const KIND: FieldType = FieldType::Text;
    fn value(&self) -> Option<FieldValue<'_>> {
        (!self.is_empty()).then_some(FieldValue::Text(Cow::Borrowed(self)))
    }
}
impl Field for Vec<String> {
    const KIND: FieldType = FieldType::Texts;
    fn value(&self) -> Option<FieldValue<'_>> {
        (!self.is_empty()).then_some(FieldValue::Texts(self))
    }
}
impl Field for u64 {
    const KIND: FieldType = FieldType::Integer;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
    }
}
impl Field for f64 {
    const KIND: FieldType = FieldType::Number;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Number(*self))
    }
}
impl Field for bool {
    const KIND: FieldType = FieldType::Flag;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Flag(*self))
    }
}
impl Field for Phase {
    const KIND: FieldType = FieldType::Text;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Text(Cow::Borrowed(self.as_str())))
    }
}

macro_rules! facts {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident = $product:literal / $category:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident: $type:ty, )*
        }
    )*) => {
        /// The structs behind [`FactKind`], one a category.
        pub mod facts {
            use super::{Field, FieldValue, Phase};
            $(
                $(#[doc = $doc])*
                #[derive(Clone, Debug, PartialEq)]
                pub struct $name {
                    $( $(#[doc = $field_doc])* pub $field: $type, )*
                }
                impl $name {
                    /// The value of a field, `None` when the fact has no such field or it is empty.
                    pub fn field(&self, name: &str) -> Option<FieldValue<'_>> {
                        match name {
                            $( stringify!($field) => <$type as Field>::value(&self.$field), )*
                            _ => None,
                        }
                    }
                }
                impl From<$name> for super::FactKind {
                    fn from(fact: $name) -> Self {
                        Self::$name(fact)
                    }
                }
            )*
            #[allow(unused, reason = "a fact without a phase does not use it")]
            type UsesPhase = Phase;
        }

        /// A fact by its category.
        #[derive(Clone, Debug, PartialEq)]
        pub enum FactKind {
            $( $name(facts::$name), )*
        }

        impl FactKind {
            /// Sigma's logsource: product and category.
            pub const fn logsource(&self) -> (&'static str, &'static str) {
                match self { $( Self::$name(_) => ($product, $category), )* }
            }

            pub fn field(&self, name: &str) -> Option<FieldValue<'_>> {
                match self { $( Self::$name(fact) => fact.field(name), )* }
            }

            /// Names of the fields this category has.
            pub fn field_names(&self) -> &'static [&'static str] {
                match self { $( Self::$name(_) => &[$( stringify!($field), )*], )* }
            }
        }

        /// Every category with its fields, in the order of the line of data.
        pub const CATALOGUE: &[CategoryDoc] = &[
            $( CategoryDoc {
                product: $product,
                category: $category,
                doc: &[$($doc),*],
                fields: &[
                    $( FieldDoc {
                        name: stringify!($field),
                        kind: <$type as Field>::KIND,
                        doc: &[$($field_doc),*],
                    }, )*
                ],
            }, )*
        ];
    };
}

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
        /// What the bytes are: `python`, `pe`, `elf`, `macho`, `wasm`, `zip`, `gzip`, `pyc`, `png`, `shell`, `powershell`, `batch`, `vbscript`, `javascript`, `html`, `stub` (`.pyi`), `pth`, `text`, `binary`, …
        format: String,
        /// What it is for: `setup`, `backend`, `pth`, `startup`, `package`, `init`, `script`, `main`, `tests`, `docs`, `data`, `metadata`.
        role: String,
        /// When its code runs by itself.
        phase: Phase,
        /// Bytes.
        size: u64,
        /// Shannon entropy, 0 to 8, of the bytes or of 16 windows of a member above 64 KiB; 0 for text and code.
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
        /// What was done, innermost first: `base64`, `zlib`, `reverse`, `chr`, `xor`, `hex`, `marshal`, `escape`, `join`, …
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
        /// It is the module of a distribution on `lists/popular.toml` or the standard library.
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
        /// `anomaly`, `dependency`, `record`, `author`, `author-email`, `project`, `link`, `entry-point`, `top-level`, `install-code`.
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
}

impl Fact {
    pub fn new(place: Place, kind: impl Into<FactKind>) -> Self {
        Self { place, kind: kind.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_catalogue_is_documented() {
        for category in CATALOGUE {
            assert!(!category.doc.is_empty(), "{}/{}", category.product, category.category);
            for field in category.fields {
                assert!(!field.doc.is_empty(), "{}/{}: {}", category.product, category.category, field.name);
            }
        }
    }

    #[test]
    fn a_fact_answers_by_field_name() {
        let kind = FactKind::from(facts::Record { kind: "hash".into(), member: "a.py".into(), role: String::new() });
        assert_eq!(kind.logsource(), ("release", "record"));
        assert_eq!(kind.field("kind"), Some(FieldValue::Text("hash".into())));
        assert_eq!(kind.field("role"), None);
        assert_eq!(kind.field("other"), None);
    }
}
