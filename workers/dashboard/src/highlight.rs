//! Colours for Python, one class a character, on the server: a page never runs anything over hostile text.

use crate::hostile::Token;

const KEYWORDS: [&str; 36] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// What is still open at the end of a line: a triple-quoted string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State(Option<char>);

/// The tokens of one line. It guesses where it must: colours are a convenience, the text is what counts.
pub(crate) fn python(line: &[char], state: &mut State) -> Vec<Token> {
    let mut tokens = vec![Token::Plain; line.len()];
    let mut at = 0;
    if let Some(quote) = state.0 {
        at = triple_end(line, 0, quote, state);
        tokens[..at].fill(Token::Text);
    }
    while at < line.len() {
        let character = line[at];
        let start = at;
        if character == '#' {
            tokens[at..].fill(Token::Comment);
            break;
        } else if character == '"' || character == '\'' {
            at = if line[at..].starts_with(&[character; 3]) {
                triple_end(line, at + 3, character, state)
            } else {
                string_end(line, at + 1, character)
            };
            tokens[start..at].fill(Token::Text);
        } else if character.is_ascii_digit() {
            at += line[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).count();
            tokens[start..at].fill(Token::Number);
        } else if character.is_alphanumeric() || character == '_' {
            at += line[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            let prefix = at - start <= 2 && matches!(line.get(at), Some('"' | '\''));
            if prefix {
                tokens[start..at].fill(Token::Text);
            } else if at - start <= 8 && is_keyword(&line[start..at]) {
                tokens[start..at].fill(Token::Keyword);
            }
        } else {
            at += 1;
        }
    }
    tokens
}

fn is_keyword(word: &[char]) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.chars().eq(word.iter().copied()))
}

fn string_end(line: &[char], mut at: usize, quote: char) -> usize {
    while at < line.len() {
        match line[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    line.len()
}

fn triple_end(line: &[char], mut at: usize, quote: char, state: &mut State) -> usize {
    while at < line.len() {
        if line[at] == '\\' {
            at += 2;
        } else if line[at..].starts_with(&[quote; 3]) {
            *state = State(None);
            return at + 3;
        } else {
            at += 1;
        }
    }
    *state = State(Some(quote));
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(source: &str) -> Vec<String> {
        let mut state = State::default();
        let letter = |token: Token| match token {
            Token::Plain => '.',
            Token::Keyword => 'k',
            Token::Text => 's',
            Token::Comment => 'c',
            Token::Number => 'n',
        };
        let lines = source.lines().map(|line| line.chars().collect::<Vec<_>>());
        lines.map(|line| python(&line, &mut state).into_iter().map(letter).collect()).collect()
    }

    #[test]
    fn words_strings_comments_and_numbers() {
        assert_eq!(paint("if x: y = b'a\\'b' # no"), ["kk........sssssss.cccc"]);
        assert_eq!(paint("x = 0x1F + imported"), ["....nnnn..........."]);
        assert_eq!(paint("'open"), ["sssss"]);
        assert_eq!(paint("'a\\"), ["sss"]);
    }

    #[test]
    fn a_triple_quoted_string_goes_on() {
        assert_eq!(paint("x = \"\"\"a\nif\nb\"\"\" if"), ["....ssss", "ss", "ssss.kk"]);
    }
}
