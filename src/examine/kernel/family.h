// The families of formats. Each is opened by a program of its own, so that a heavy codec's code and memory are not in
// the process that opens the common pictures, and a fault in one library reaches the files of its own family only.
//
// The functions of a family stand in a file of their own (family_<name>.cc): a program that names one of them links the
// libraries of that family and no others.
#pragma once

#include "base/bytes.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

struct FamilyWork {
  Family family;
  // Fills the facts of one whole file; facts.kind is set, is one of this family's, and may be made more exact.
  void (*examine)(ByteView bytes, const Limits& limits, FileFacts& facts);
  // Of a family with members; else nullptr.
  Verdict (*unpack)(FileBytes& archive, const Limits& limits, uint32_t first, uint32_t count, const UnpackSink& sink);
  // Opens small built-in files, so that libraries set up their tables and load what they load before the jail closes.
  // False if one of them does not give the facts that it must.
  bool (*warm_up)();
  // The same as examine for a file at a distance; nullptr: this family needs its files whole.
  void (*examine_windowed)(FileBytes& file, const Limits& limits, FileFacts& facts) = nullptr;
  // Looks behind a whole file of a kind that nobody opens (behind.h); nullptr in all families but one.
  std::optional<uint64_t> (*find_behind)(Kind kind, ByteView bytes) = nullptr;
};

extern const FamilyWork kPictureFamily;
extern const FamilyWork kHeifFamily;
extern const FamilyWork kVideoFamily;
extern const FamilyWork kArchiveFamily;

// One file's bytes to its facts, by one family. A file of another family is kUnsupportedKind with its kind: the caller
// then knows whom to ask. bytes: the file, or its beginning if it is longer than the examiner opens; size_bytes: its
// true size; depth: 0 for a file of the submission, 1 for a member of an archive, and so on.
FileFacts ExamineAs(const FamilyWork& work, ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits);

// The same for a file at a distance. One that must be whole in memory to be opened is kLimitExceeded, kFileSizeLimit.
FileFacts ExamineAs(const FamilyWork& work, FileBytes& file, uint32_t depth, const Limits& limits);

// The fingerprint of a decoded picture and its facts into those of the file. One that came out larger than any may be,
// whatever its header said, is kLimitExceeded.
struct Decoded;
void TakePicture(const Decoded& decoded, const Limits& limits, FileFacts& facts);

}  // namespace crossguard::examine
