//! Chapter 9: unpack it.
