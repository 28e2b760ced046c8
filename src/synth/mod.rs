//! Made-up data for benchmarks and tests: as much as wanted, the same for the same seed, and of no real person.
//!
//! [`dump`] writes what an AWS account of any size would give to the import.

pub mod dump;
mod random;
