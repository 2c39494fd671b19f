//! A point in time: milliseconds since 1970, as the rows hold it, and RFC 3339, as events and pages say it.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

/// Milliseconds since 1970, UTC. Operations take it as a parameter, so the clock is read once, at the edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_millisecond()))
    }

    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(duration)))
    }

    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(duration)))
    }

    /// How long before `later` this was; zero when it was not.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Midnight (UTC) of this day.
    #[must_use]
    pub fn midnight(self) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        Self(self.0.saturating_sub(self.0.rem_euclid(DAY)))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// RFC 3339 with milliseconds, in UTC.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "1970-01-01T00:00:00.000Z"),
        }
    }
}

/// A column holds the number alone. Written out, since the derive macro would be compiled with both database drivers.
impl<D: Database> Type<D> for Moment
where
    i64: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        i64::type_info()
    }

    fn compatible(column: &D::TypeInfo) -> bool {
        i64::compatible(column)
    }
}

impl<'q, D: Database> Encode<'q, D> for Moment
where
    i64: Encode<'q, D>,
{
    fn encode_by_ref(&self, into: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(into)
    }
}

impl<'r, D: Database> Decode<'r, D> for Moment
where
    i64: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        i64::decode(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_and_reads_rfc_3339() {
        let moment = Moment::parse("2026-01-02T03:04:05.678Z").unwrap();
        assert_eq!(moment.to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(moment.midnight().to_string(), "2026-01-02T00:00:00.000Z");
        assert_eq!(moment.plus(Duration::from_secs(1)).until(moment), Duration::ZERO);
        assert_eq!(moment.until(moment.plus(Duration::from_secs(1))), Duration::from_secs(1));
        assert_eq!(Moment(i64::MAX).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
