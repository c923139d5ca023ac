// The examination as the rest of the house sees it: bytes in, facts out, whatever the bytes do. Files are opened in the
// jailed program crossguard-examiner only; this side reads nothing but validated answers of fixed shape.
//
// Families of formats have programs of their own (crossguard-examiner, -heif, -video, -archives), each with its own
// jail and self-test; one is started when its first file comes. Every file is shown to the pictures' program first:
// what it names as another family's goes on to that one, one file to a worker. So this side never looks at a file.
//
// How it works: files are gathered into batches of at most 16 and 16 MiB in a memory file that only this side writes;
// each batch is examined by a worker of its own, forked from the examiner's zygote. If a worker dies, exceeds its
// deadline or answers nonsense, every file of the batch is examined again alone, so that only the file at fault is
// named (crashed, timed_out, ...) and none is dropped.
//
// Memory on this side, largest = max(16 MiB, the largest file, at most file_bytes_max): a batch of `largest` for each
// worker, 64 MiB and one of `largest` that wait, one that is being filled, 256 MiB kept for later ones, and the facts
// of 64 * workers files; one window of 1 MiB for each larger file in work. Memory of each worker: 1 GiB of address
// space, 2 GiB for HEIC/AVIF/JPEG XL and video.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

struct ExaminerOptions {
  std::string
      program;  // empty: crossguard-examiner beside the running program, or in ../examiner/ or ../libexec/crossguard/
  uint32_t workers = 0;               // 0: one per processor
  uint32_t deadline_millis = 10'000;  // for each file: this,
  uint32_t deadline_millis_per_mib =
      1'000;  // and this for each MiB of it: of processor time, and of wall clock (three times when examined alone)
  // What a worker is given whole. Of a larger file the kind is told from its beginning; videos and archives are then
  // read window by window (ExamineInput::read), other kinds are not decoded.
  uint64_t file_bytes_max = uint64_t{256} << 20;
  Limits limits;
};

// Fills `out` from `offset_bytes` on and returns how many bytes; fewer only at the end of the file.
using ReadAt = std::function<Result<size_t>(uint64_t offset_bytes, std::span<uint8_t> out)>;

// One file to examine. Give all bytes, or its size and how to write them; or, if it is larger than file_bytes_max, its
// first kKindBytes, the true size, and how to read the rest.
struct ExamineInput {
  uint64_t tag = 0;         // comes back with the facts
  ByteView bytes;           // valid until the source is asked again
  uint64_t size_bytes = 0;  // 0: bytes.size()
  uint32_t depth = 0;       // 0 for a file as submitted; 1 for a member of an archive, and so on
  // In place of the bytes of a file of at most file_bytes_max: writes all size_bytes of them to where its worker finds
  // them, once, before the source is asked again. Its errors end the examination.
  std::function<Status(std::span<uint8_t> place)> fill = {};
  // Of a file larger than file_bytes_max: called on this thread, from Examine only, until the file's facts are handed
  // over. None: such a file is named by its kind. Its errors end the examination.
  ReadAt read = {};
};

// An archive that is read window by window.
struct DistantArchive {
  uint64_t size_bytes = 0;
  ReadAt read;
};

// Fills the input and returns true; false at the end. An error ends the examination.
using ExamineSource = std::function<Result<bool>(ExamineInput&)>;
// Called once for every input, in the order of the inputs. An error ends the examination.
using ExamineSink = std::function<Status(uint64_t tag, const FileFacts& facts)>;

// Where the members of an archive go. The first error ends the unpacking.
struct MemberSink {
  std::function<Status(const ArchiveMember& member, ByteView chunk)> data;  // in order, chunks of at most 64 KiB
  // Once for every file member. kExamined: whole. Else what was given so far is not the whole, and the verdict says
  // why.
  std::function<Status(const ArchiveMember& member, Verdict verdict)> end;
};

// Not thread-safe: one call at a time, from one thread. Callbacks must not call back into it.
class Examiner {
 public:
  // Starts the program and runs its self-test (some 10 ms). kNotFound: no such program. kUnavailable: the jail does not
  // hold here; there is no way to go on without it.
  static Result<std::unique_ptr<Examiner>> Start(const ExaminerOptions& options);
  virtual ~Examiner() = default;

  // Examines all that the source gives, many at a time. kUnavailable if the examiner cannot be kept alive (it is
  // started anew a few times); then the files whose facts were not handed over must be examined again.
  virtual Status Examine(const ExamineSource& source, const ExamineSink& sink) = 0;

  // One file.
  Result<FileFacts> ExamineOne(ByteView bytes, uint32_t depth = 0);

  // Unpacks the file members that `members` names (FileFacts::members of this archive), each exactly once in effect: a
  // member at which the worker dies ends as crashed or timed_out and the work goes on with the next.
  // total_bytes_max: of all members together, where that is less than the limits allow.
  virtual Status Unpack(ByteView archive, const std::vector<ArchiveMember>& members, const MemberSink& sink,
                        uint64_t total_bytes_max = UINT64_MAX) = 0;
  virtual Status Unpack(const DistantArchive& archive, const std::vector<ArchiveMember>& members,
                        const MemberSink& sink, uint64_t total_bytes_max = UINT64_MAX) = 0;

  // One member, whole. kNotFound: no such file member. kCorrupt, kExhausted: see the message.
  Result<Bytes> ExtractMember(ByteView archive, const std::vector<ArchiveMember>& members, uint32_t index);

  // Landlock's version on this kernel; 0: none, the seccomp list alone holds.
  virtual int landlock_abi() const = 0;
  // Processor time of the workers of each family (by its number) so far, starts of the zygotes not included.
  virtual std::array<uint64_t, kFamilies> cpu_micros() const = 0;
  // Process id of a family's zygote (for tests and for the curious); -1 if it is not running.
  virtual int zygote_pid(Family family = Family::kPictures) const = 0;
};

// Where the examiner is looked for; kNotFound with the places tried.
Result<std::string> FindExaminerProgram();

}  // namespace crossguard::examine
