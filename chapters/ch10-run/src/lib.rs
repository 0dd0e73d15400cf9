//! Chapter 10: run it.
