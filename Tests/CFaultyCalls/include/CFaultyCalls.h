// A library to be preloaded into a gateway under test: calls to the system fail, or take their time, and the machine's
// clock is another one.
//
// FAULTY_CALLS: rules, parted by semicolons, CALL:NAME:AFTER:COUNT:FAULT. Of the calls CALL (open, read, write, sync,
// truncate, rename) to files whose name ends in NAME, COUNT have the FAULT once AFTER others have passed; a FAULT is an
// error number, or `sleep=MILLISECONDS`, which then lets the call pass.
// FAULTY_CLOCK: a file of eight bytes, a signed number, native order: microseconds that are added to the time of day.
// It is looked at each time, so that whoever writes it steps the clock.
//
// It declares nothing: its names are those of the C library.
