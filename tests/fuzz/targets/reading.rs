//! Unpacks within small limits and holds the unpacker to what it says of itself.

use std::collections::BTreeMap;

use unpack::{Limits, Member, Report, unpack};

const KIB: u64 = 1024;

pub(crate) const LIMITS: Limits = Limits {
    archive: 1024 * KIB,
    total: 4096 * KIB,
    member: 256 * KIB,
    resident: 1344 * KIB,
    members: 200,
    nesting: 3,
    ratio: 50,
    ratio_floor: 1024 * KIB,
    path: 512,
    part: 100,
    parts: 16,
    record: 64 * KIB,
};

fn read(bytes: &[u8]) -> (Vec<Member>, Report) {
    let mut members = Vec::new();
    let report = unpack(bytes, &LIMITS, &mut |member| members.push(member));
    (members, report)
}

/// The members of an archive; what was said of limits is true, and is said again.
pub(crate) fn members(bytes: &[u8]) -> Vec<Member> {
    let (members, report) = read(bytes);
    assert_eq!(report.members, members.len() as u64, "members are counted");
    assert!(report.members <= LIMITS.members, "{} members", report.members);
    assert!(report.bytes_unpacked <= LIMITS.total + LIMITS.member, "{} bytes", report.bytes_unpacked);
    for member in &members {
        assert!(member.data.len() as u64 <= LIMITS.member, "a member of {} bytes", member.data.len());
        assert!(member.nesting <= LIMITS.nesting, "nested {} deep", member.nesting);
    }
    let bomb = report.anomalies.iter().any(|anomaly| anomaly.kind == "bomb");
    assert!(!bomb || !report.gaps.is_empty(), "a limit was reached and nothing is missing");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for anomaly in &report.anomalies {
        *kinds.entry(anomaly.kind).or_default() += 1;
    }
    assert!(kinds.values().all(|count| *count <= 51) && report.gaps.len() <= 201, "{kinds:?}");
    // The same again: nothing may depend on where things lie in memory.
    if bytes.len().is_multiple_of(8) {
        let (again, other) = read(bytes);
        assert!(report.anomalies == other.anomalies && report.gaps == other.gaps, "another report");
        let same = |(one, other): (&Member, &Member)| one.path == other.path && one.data == other.data;
        assert!(members.len() == again.len() && members.iter().zip(&again).all(same), "other members");
    }
    members
}

/// Some member, in some reading, holds these bytes.
pub(crate) fn holds(members: &[Member], content: &[u8]) -> bool {
    members.iter().any(|member| memchr::memmem::find(&member.data, content).is_some())
}
