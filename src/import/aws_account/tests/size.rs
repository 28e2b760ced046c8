//! Large files, odd readers, files that change.

use std::cell::RefCell;
use std::io::{self, Seek, SeekFrom};
use std::rc::Rc;

use super::*;
use crate::synth::dump::{SynthOptions, write_dump};

/// A file that others write to while it is read, and that gives at most `step` bytes at a time.
struct Shared {
    content: Rc<RefCell<Vec<u8>>>,
    at: usize,
    step: usize,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let content = self.content.borrow();
        let rest = content.get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(self.step);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        assert_eq!(to, SeekFrom::Start(0), "a dump is only ever read from its beginning");
        self.at = 0;
        Ok(0)
    }
}

fn shared(step: usize) -> (Rc<RefCell<Vec<u8>>>, Dump<Shared>) {
    let content = Rc::new(RefCell::new(small().to_string().into_bytes()));
    let reader = Shared { content: Rc::clone(&content), at: 0, step };
    let dump = Dump::open(reader, &Options { account: None, check_policy: &anything }).expect("a valid dump");
    (content, dump)
}

#[test]
fn the_sizes_in_which_the_file_arrives_do_not_matter() {
    let whole = open(&small()).unwrap().summary().clone();
    for step in [1, 2, 3, 7, 1000] {
        assert_eq!(shared(step).1.summary(), &whole, "in pieces of {step} bytes");
    }
}

#[test]
fn a_file_that_changed_since_the_check_is_noticed() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        |file| file.truncate(file.len() / 2),
        |file| file.push(b' '),
        // Another valid dump of the same length.
        |file| *file = String::from_utf8(file.clone()).unwrap().replace("search", "hcraes").into_bytes(),
        |file| *file = String::from_utf8(file.clone()).unwrap().replace("UserName", "UserMane").into_bytes(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let (content, mut dump) = shared(64);
        change(&mut content.borrow_mut());
        let mut entries = dump.entries(&Kind::ALL).unwrap();
        let last = entries.by_ref().last().expect("an item").expect_err("a change");
        assert_eq!(last.code, ErrorCode::Changed, "change {number}: {last}");
        assert!(entries.next().is_none(), "an error is the last item");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_one_error() {
    #[derive(Debug)]
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    let rejection = Dump::open(Broken, &Options { account: None, check_policy: &anything }).expect_err("no file");
    let [error] = rejection.errors.as_slice() else { panic!("{rejection:?}") };
    assert_eq!((error.code, error.pointer.as_str()), (ErrorCode::Unreadable, ""));
    assert!(error.message.contains("the disk is gone"), "{error}");
}

#[test]
fn made_up_accounts_are_valid() {
    for (seed, users) in [(1, 0), (2, 1), (3, 3000)] {
        let mut file = Vec::new();
        write_dump(&mut file, SynthOptions { seed, users }).unwrap();
        let dump = open_with(file, None).expect("a valid dump");
        assert_eq!((dump.summary().counts.users, dump.summary().warnings.len()), (u64::from(users), 0));
    }
}

/// A line of what the system says about this process's memory, in bytes.
#[cfg(target_os = "linux")]
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find_map(|text| text.strip_prefix(line)).expect("a line of the status");
    found.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// How many users a dump of them is read to have.
#[cfg(target_os = "linux")]
fn read_users(file: std::fs::File) -> (usize, u64) {
    let mut dump = Dump::open(file, &Options { account: None, check_policy: &anything }).expect("a valid dump");
    let users = dump.entries(&[Kind::User]).unwrap().filter(Result::is_ok).count();
    (users, dump.summary().size_bytes)
}

/// Measured on the process, which the test runner starts for this test alone. As many users as an unoptimised build
/// reads in a few seconds; what counts is the share of each. A small file is read before, so that neither the pages of
/// the program itself nor the buffers every file needs are counted.
#[cfg(target_os = "linux")]
#[test]
fn a_user_costs_less_than_a_hundred_bytes_of_memory() {
    const USERS: u32 = 25_000;
    let made = |users| {
        let mut file = tempfile::tempfile().unwrap();
        write_dump(&mut file, SynthOptions { seed: 4, users }).unwrap();
        file
    };
    let (small, large) = (made(2_000), made(USERS));
    read_users(small);

    std::fs::write("/proc/self/clear_refs", "5").expect("to reset the peak");
    let before = memory("VmRSS:");
    let (users, size) = read_users(large);
    let used = memory("VmHWM:") - before;

    assert_eq!(users, 25_000);
    assert!(used < u64::from(USERS) * 100, "{used} bytes of memory for {USERS} users in a file of {size}");
}
