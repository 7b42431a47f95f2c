//! OSCAR 21.09: no file of a pair is called whole when the other was not looked at.

use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Format, build};
use crate::kit::work::Work;

#[test]
fn metadata_alone_is_examined_whether_or_not_its_text_lies_beside_it() {
    let built = build(Format::Oscar2109, Framing::GzipWhole, &press::docs());
    let (text, metadata) = (built.files[0].0.clone(), built.files[1].0.clone());
    let scan = |work: &Work, shards: &[&str]| {
        work.put("list.csv", press::PUBLISHERS_CSV);
        let args = [&["scan"], shards, &["-d", "list.csv", "-o", "out"]].concat();
        work.run(&args).expect(0);
        let rows = work.evidence("out").rows("matches.csv");
        let missing = rows.iter().filter(|row| row["flags"].contains("text_not_at_hand")).count();
        (rows.len(), missing)
    };
    let work = Work::new();
    work.put_built(&built);
    let (both, missing) = scan(&work, &[&text, &metadata]);
    assert!(both > 0 && missing == 0, "{both} rows, {missing} without text");

    let beside = Work::new();
    beside.put_built(&built);
    assert_eq!(
        scan(&beside, &[&metadata]),
        (both, both),
        "the text lies beside it and is no shard of the run"
    );

    let alone = Work::new();
    alone.put(&metadata, &built.files[1].1);
    assert_eq!(scan(&alone, &[&metadata]), (both, both), "the text is not there");
}
