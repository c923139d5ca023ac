// Reading: the sealed documents of a submission become reports, accounts, selectors and declared files, and the
// declared files meet their bytes. Everything is read from the vault, never from the folder it came from.
//
// One transaction per document, or per 500 records of a long one. Repeating changes nothing: each record has a natural
// key (its source), so a read that was broken off goes on. Whatever cannot be read rests in `quarantine` with the
// reason.
#pragma once

#include <cstdint>
#include <functional>

#include "intake/seal.h"

namespace crossguard {

struct ReadProgress {
  int64_t documents_done = 0;
  int64_t documents_total = 0;
  int64_t report_count = 0;
};

// What stands in the register for this submission after the read (not only what this call added).
struct ReadOutcome {
  bool already_read = false;  // the submission was read before: nothing was changed
  int64_t report_count = 0;   // records of reports found = taken + duplicate
  int64_t report_taken_count = 0;
  int64_t report_duplicate_count = 0;
  int64_t account_count = 0;  // distinct accounts mentioned by its reports
  int64_t mention_count = 0;
  int64_t sighting_declared_count = 0;
  int64_t sighting_mined_count = 0;
  int64_t details_count = 0;  // file details = matched + missing
  int64_t details_matched_count = 0;
  int64_t details_missing_count = 0;
  int64_t hash_differs_count = 0;          // a claimed digest is not that of the bytes
  int64_t media_count = 0;                 // distinct contents
  int64_t media_copy_count = 0;            // media items of the submission, declared or not
  int64_t undeclared_count = 0;            // of them, no file details speak
  int64_t quarantine_count = 0;            // every kind
  int64_t quarantine_value_count = 0;      // of them, values that do not normalise
  int64_t quarantine_duplicate_count = 0;  // of them, file details or rows that came before
};

// The submission must be sealed (kConflict otherwise). The gate is passed with Act::kReadSubmission when reading begins
// and when it ends. Errors: kNotFound, kConflict, kCorrupt (the vault), kExhausted (disk), kUnavailable. A bad document
// is not an error.
Result<ReadOutcome> ReadSubmission(Env& env, Vault& vault, Database& database, const IdMaker& ids,
                                   const PassGate& pass_gate, Key<Submission> submission,
                                   const std::function<void(const ReadProgress&)>& on_progress = {});

}  // namespace crossguard
