#include "examine/examine_media.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "examine/kernel/kind.h"
#include "model/canonical.h"
#include "register/media_rows.h"

namespace crossguard::examine {
namespace {

using nlohmann::json;

constexpr int64_t kPageFiles = 512;               // contents looked up at once, and at most in one transaction
constexpr int64_t kCheckpointMicros = 3'000'000;  // after so long what has come out is written down
constexpr uint64_t kHeadBytes = kKindBytes;       // of a file that is too large to open
// ThreatExchange pdq/README.md: at most so far apart are two versions of one picture, if neither is too flat to tell.
constexpr int kSamePictureDistanceMax = 31;
constexpr int kTellingQualityMin = 50;
constexpr uint64_t kMemberSizeMaxBytes = uint64_t{16} << 30;  // one member of an archive; it is never held whole
constexpr size_t kPieceBytes = size_t{1} << 20;               // of what lies behind an end, read from the vault at once
constexpr uint64_t kFlushBytes = uint64_t{64} << 20;          // what waits in the vault before it is made durable

MediaState StateOf(State state) {
  switch (state) {
    case State::kExamined:
      return MediaState::kExamined;
    case State::kTruncated:
      return MediaState::kTruncated;
    case State::kUndecodable:
      return MediaState::kUndecodable;
    case State::kUnsupportedKind:
      return MediaState::kUnsupportedKind;
    case State::kEmpty:
      return MediaState::kEmpty;
    case State::kCrashed:
      return MediaState::kCrashed;
    case State::kTimedOut:
      return MediaState::kTimedOut;
    case State::kLimitExceeded:
      return MediaState::kLimitExceeded;
  }
  return MediaState::kUndecodable;
}

std::string ExifJson(const ExifFacts& exif) {
  json out = json::object();
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  text("make", exif.make);
  text("model", exif.model);
  text("serial", exif.serial);
  text("software", exif.software);
  text("taken_at", exif.taken_at);
  text("utc_offset", exif.utc_offset);
  if (exif.latitude && exif.longitude) {
    out["latitude"] = *exif.latitude;
    out["longitude"] = *exif.longitude;
  }
  if (exif.orientation != 0) out["orientation"] = exif.orientation;
  return Canonical(out);
}

// What has no column of its own: of a video, of the stand-in inside a picture.
std::string FactsJson(const FileFacts& facts) {
  json out = json::object();
  if (facts.of_preview) out["of_preview"] = true;
  if (facts.behind_at > 0) out["behind_at"] = facts.behind_at;
  if (facts.thumbnail) {
    const ThumbnailFacts& thumbnail = *facts.thumbnail;
    const bool telling = thumbnail.pdq_quality >= kTellingQualityMin && facts.pdq_quality >= kTellingQualityMin;
    out["thumbnail"] = {
        {"width", thumbnail.width},       {"height", thumbnail.height},
        {"pdq", thumbnail.pdq.hex()},     {"pdq_quality", thumbnail.pdq_quality},
        {"distance", thumbnail.distance}, {"differs", telling && thumbnail.distance > kSamePictureDistanceMax}};
  }
  if (facts.jpeg) {
    out["jpeg"] = {{"tables", facts.jpeg->quality == 0 ? "own" : "standard"},
                   {"codes", facts.jpeg->standard_codes ? "standard" : "own"},
                   {"progressive", facts.jpeg->progressive}};
    if (facts.jpeg->quality > 0) out["jpeg"]["quality"] = facts.jpeg->quality;
  }
  if (facts.video) {
    json video = {{"container", facts.video->container}};
    if (!facts.video->codec.empty()) video["codec"] = facts.video->codec;
    if (!facts.video->created_at.empty()) video["created_at"] = facts.video->created_at;
    if (facts.video->duration_millis > 0) video["duration_millis"] = facts.video->duration_millis;
    if (facts.video->frame_rate > 0) video["frame_rate"] = facts.video->frame_rate;
    out["video"] = std::move(video);
  }
  return Canonical(out);
}

MediaFacts FactsOf(const FileFacts& facts, const std::string& members_json) {
  MediaFacts out;
  out.state = StateOf(facts.state);
  out.reason = Name(facts.reason);
  out.kind = MimeType(facts.kind);
  if (facts.width > 0) out.width = facts.width;
  if (facts.height > 0) out.height = facts.height;
  if (facts.frames > 0) out.frames = facts.frames;
  out.pdq = facts.pdq;
  if (facts.pdq) out.pdq_quality = facts.pdq_quality;
  out.pdq_full = facts.pdq_whole;
  if (facts.pdq_whole) out.pdq_full_quality = facts.pdq_whole_quality;
  out.exif_json = ExifJson(facts.exif);
  out.members_json = members_json;
  out.facts_json = FactsJson(facts);
  return out;
}

std::string_view BehindName(Kind kind) {
  if (IsPicture(kind)) return "behind the end of the picture";
  if (IsVideo(kind)) return "behind the end of the video";
  return IsProgram(kind) ? "behind the end of the program" : "behind the end of the archive";
}

bool IsFault(State state) {
  return state != State::kExamined && state != State::kUnsupportedKind && state != State::kEmpty;
}

class Stage {
 public:
  Stage(Env& env, Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate,
        const std::function<void(const ExamineProgress&)>& on_progress)
      : env_(env), vault_(vault), database_(database), ids_(ids), pass_gate_(pass_gate), on_progress_(on_progress) {}

  Result<ExamineMediaSummary> Run(const ExamineMediaOptions& options) {
    progress_.total = TRY(CountPendingMedia(database_)).count;
    if (progress_.total == 0) return summary_;
    unpacked_bytes_max_ = options.unpacked_bytes_max;
    examiner_options_.program = options.program;
    examiner_options_.workers = static_cast<uint32_t>(std::max(0, options.workers));
    examiner_options_.file_bytes_max = options.whole_bytes_max;
    examiner_options_.limits.whole_pdq = options.full_pdq;
    examiner_options_.limits.member_bytes_max = kMemberSizeMaxBytes;
    examiner_ = TRY(Examiner::Start(examiner_options_));
    for (;;) {
      Key<Media> after;  // members of archives may come behind: start over until nothing is left
      bool any = false;
      for (;;) {
        const auto page = TRY(PendingMediaAfter(database_, after, kPageFiles));
        if (page.empty()) break;
        TRY(ExaminePage(page));
        after = page.back().key;
        any = true;
      }
      if (any) continue;
      for (size_t i = 0; i < kFamilies; ++i) summary_.families[i].cpu_micros = examiner_->cpu_micros()[i];
      return summary_;
    }
  }

 private:
  // An archive, or a picture, video or program with a file hung on behind it.
  struct Archive {
    PendingMedia media;
    FileFacts facts;
    std::optional<ArchiveMember> behind;
  };

  Status ExaminePage(const std::vector<PendingMedia>& page) {
    std::vector<Archive> archives;
    written_at_ = env_.clock.MonotonicMicros();
    size_t next = 0;
    Bytes head;
    const auto source = [&](ExamineInput& input) -> Result<bool> {
      if (next == page.size()) return false;
      const PendingMedia& media = page[next];
      input = {.tag = next, .bytes = {}, .size_bytes = media.size_bytes, .depth = media.depth};
      if (media.size_bytes <= examiner_options_.file_bytes_max) {
        input.fill = FillerOf(media.sha256);
      } else {
        input.bytes = head = TRY(ReadHead(media.sha256));
        input.read = ReaderOf(media.sha256);
      }
      ++next;
      return true;
    };
    const auto sink = [&](uint64_t tag, const FileFacts& examined) -> Status {
      const PendingMedia& media = page[tag];
      FileFacts facts = examined;
      const std::optional<ArchiveMember> behind = WhatLiesBehind(media, facts);
      ++progress_.done;
      progress_.byte_count += media.size_bytes;
      progress_.fault_count += IsFault(facts.state) ? 1 : 0;
      FamilyCost& family = summary_.families[static_cast<size_t>(FamilyOf(facts.kind))];
      ++family.file_count;
      family.byte_count += media.size_bytes;
      on_progress_(progress_);
      if (facts.members.empty() && !behind)
        unwritten_.emplace_back(media.key, facts);
      else
        archives.push_back({media, std::move(facts), behind});
      if (env_.clock.MonotonicMicros() - written_at_ < kCheckpointMicros) return {};
      return WriteDown();
    };
    TRY(examiner_->Examine(source, sink));
    TRY(WriteDown());
    for (const Archive& archive : archives) TRY(UnpackOne(archive));
    summary_.file_count = progress_.done;
    summary_.byte_count = progress_.byte_count;
    summary_.fault_count = progress_.fault_count;
    return {};
  }

  static Status StoreFacts(Transaction& transaction, Key<Media> key, const FileFacts& facts,
                           const std::string& members_json, Instant at) {
    for (const VideoFrame& frame : facts.video_frames) {
      TRY(AddMediaFrame(transaction, key,
                        {.number = frame.number,
                         .at_millis = static_cast<int64_t>(frame.at_millis),
                         .quality = frame.quality,
                         .pdq = frame.pdq}));
    }
    return StoreMediaFacts(transaction, key, FactsOf(facts, members_json), at);
  }

  // The checkpoint: what has come out since the last one, in one transaction.
  Status WriteDown() {
    written_at_ = env_.clock.MonotonicMicros();
    if (unwritten_.empty()) return {};
    Transaction transaction = TRY(Transaction::Begin(database_));
    const Permit permit = TRY(pass_gate_(transaction, Canonical({{"files", unwritten_.size()}})));
    for (const auto& [key, facts] : unwritten_) TRY(StoreFacts(transaction, key, facts, "[]", permit.at()));
    TRY(transaction.Commit());
    unwritten_.clear();
    return {};
  }

  // What lies behind an end is a member too, the last one. Only a place came out of the jail, and one outside the file
  // is nowhere.
  std::optional<ArchiveMember> WhatLiesBehind(const PendingMedia& media, FileFacts& facts) const {
    if (facts.behind_at >= media.size_bytes) facts.behind_at = 0;
    if (facts.behind_at == 0 || media.depth >= examiner_options_.limits.nesting_max) return std::nullopt;
    return ArchiveMember{.index = static_cast<uint32_t>(facts.members.size()),
                         .name = std::string(BehindName(facts.kind)),
                         .size_bytes = media.size_bytes - facts.behind_at,
                         .size_known = true,
                         .is_file = true};
  }

  Status GiveWhatLiesBehind(const Archive& archive, const MemberSink& sink, uint64_t left_bytes) {
    const ArchiveMember& member = *archive.behind;
    if (member.size_bytes > left_bytes) return sink.end(member, {State::kLimitExceeded, Reason::kTotalLimit});
    Bytes piece(kPieceBytes);
    for (uint64_t at = archive.facts.behind_at; at < archive.media.size_bytes;) {
      const size_t got = TRY(vault_.ReadAt(archive.media.sha256, at, piece));
      if (got == 0) return Fail(Code::kCorrupt, "The vault gave less of a content than its size; verify the vault.");
      TRY(sink.data(member, ByteView(piece).first(got)));
      at += got;
    }
    return sink.end(member, {State::kExamined, Reason::kNone});
  }

  Result<Bytes> ReadHead(const Sha256& sha256) {
    Bytes head(kHeadBytes);
    head.resize(TRY(vault_.ReadAt(sha256, 0, head)));
    return head;
  }

  std::function<Status(std::span<uint8_t>)> FillerOf(const Sha256& sha256) {
    return [this, sha256](std::span<uint8_t> place) -> Status {
      size_t filled = 0;
      TRY(vault_.ReadStream(sha256, [&](ByteView piece) -> Status {
        if (piece.size() > place.size() - filled) return OtherSize(sha256);
        std::ranges::copy(piece, place.begin() + static_cast<std::ptrdiff_t>(filled));
        filled += piece.size();
        return {};
      }));
      return filled == place.size() ? Status{} : OtherSize(sha256);
    };
  }

  static std::unexpected<Error> OtherSize(const Sha256& sha256) {
    return Fail(Code::kCorrupt, "The vault's blob " + sha256.hex() +
                                    " has another size than the register says; restore both from one backup.");
  }

  ReadAt ReaderOf(const Sha256& sha256) {
    return [this, sha256](uint64_t offset_bytes, std::span<uint8_t> out) {
      return vault_.ReadAt(sha256, offset_bytes, out);
    };
  }

  Status Unpack(const Archive& archive, const MemberSink& sink, uint64_t left_bytes) {
    if (archive.facts.members.empty()) return {};
    if (archive.media.size_bytes > examiner_options_.file_bytes_max) {
      return examiner_->Unpack({.size_bytes = archive.media.size_bytes, .read = ReaderOf(archive.media.sha256)},
                               archive.facts.members, sink, left_bytes);
    }
    const Bytes bytes = TRY(vault_.Read(archive.media.sha256, examiner_options_.file_bytes_max));
    return examiner_->Unpack(bytes, archive.facts.members, sink, left_bytes);
  }

  // The archive's facts and the rows of all its members in one transaction: a kill before the commit leaves the archive
  // pending.
  Status UnpackOne(const Archive& archive) {
    struct Taken {
      ArchiveMember member;
      Digests digests;
      Verdict verdict;
      bool sealed = false;
    };
    std::vector<Taken> members;
    bool begun = false;
    const auto abandon = [&](const Error& error) -> Status {
      vault_.Abandon();
      return std::unexpected(error);
    };
    MemberSink sink;
    const auto begin = [&]() -> Status {
      if (!begun) TRY(vault_.StageBegin());
      begun = true;
      return {};
    };
    bool gave_bytes = false;
    sink.data = [&](const ArchiveMember&, ByteView chunk) -> Status {
      TRY(begin());
      gave_bytes |= !chunk.empty();
      return vault_.StagePart(chunk);
    };
    sink.end = [&](const ArchiveMember& member, Verdict verdict) -> Status {
      Taken taken{.member = member, .digests = {}, .verdict = verdict, .sealed = false};
      TRY(begin());  // an empty member gave nothing
      begun = false;
      // Of a member that is cut, the part that came is a content too: half a picture is one that can be seen.
      const bool part = verdict.state == State::kTruncated && gave_bytes;
      gave_bytes = false;
      if (verdict.state == State::kExamined || part) {
        taken.digests = TRY(vault_.StageEnd());
        taken.sealed = true;
        TRY(FlushIfFull());
      } else {
        vault_.StageCancel();
      }
      members.push_back(std::move(taken));
      return {};
    };
    const std::vector<Key<ExhibitItem>> items = TRY(ItemsOf(database_, archive.media.key));
    const uint64_t left = TRY(BytesLeft(items));
    if (Status unpacked = Unpack(archive, sink, left); !unpacked) return abandon(unpacked.error());
    if (archive.behind) {
      uint64_t taken = 0;
      for (const Taken& one : members) taken += one.sealed ? one.digests.size_bytes : 0;
      if (Status given = GiveWhatLiesBehind(archive, sink, left - std::min(left, taken)); !given)
        return abandon(given.error());
    }

    Transaction transaction = TRY(Transaction::Begin(database_));
    int64_t found_count = 0;  // contents that nobody had seen: they wait to be examined too
    const auto store = [&]() -> Status {
      const Permit permit = TRY(pass_gate_(transaction, Canonical({{"archives", 1}, {"members", members.size()}})));
      TRY(vault_.Flush(transaction));
      std::map<uint32_t, json> told;
      for (const Taken& taken : members) {
        json row = {{"name", taken.member.name},
                    {"size_bytes", taken.member.size_bytes},
                    {"state", Name(taken.verdict.state)},
                    {"reason", Name(taken.verdict.reason)},
                    {"name_escapes", taken.member.name_escapes},
                    {"media", nullptr}};
        if (taken.sealed) {
          const Id<Media> id = ids_.Make<Media>(taken.digests.sha256.hex());
          const EnsuredMedia ensured =
              TRY(EnsureMedia(transaction, id,
                              {taken.digests.md5, taken.digests.sha1, taken.digests.sha256, taken.digests.size_bytes}));
          TRY(AddMemberCopies(transaction, archive.media.key, ensured.key, taken.member.name));
          found_count += ensured.is_new ? 1 : 0;
          row["media"] = id.text();
          ++summary_.member_count;
        }
        told[taken.member.index] = std::move(row);
      }
      json all = json::array();
      std::vector<ArchiveMember> listed = archive.facts.members;
      if (archive.behind) listed.push_back(*archive.behind);
      for (const ArchiveMember& member : listed) {
        const auto found = told.find(member.index);
        if (found != told.end())
          all.push_back(found->second);
        else
          all.push_back({{"name", member.name},
                         {"size_bytes", member.size_bytes},
                         {"state", member.is_file ? "not_unpacked" : "no_file"},
                         {"reason", ""},
                         {"name_escapes", member.name_escapes},
                         {"media", nullptr}});
      }
      TRY(StoreFacts(transaction, archive.media.key, archive.facts, Canonical(all), permit.at()));
      return transaction.Commit();
    };
    if (Status stored = store(); !stored) return abandon(stored.error());
    for (const Taken& taken : members) {
      for (const Key<ExhibitItem> item : items) unpacked_bytes_[item] += taken.sealed ? taken.digests.size_bytes : 0;
    }
    ++summary_.archive_count;
    progress_.total += found_count;
    return {};
  }

  // What may still be unpacked from the submitted files that an archive lies in: of the one with the most behind it.
  Result<uint64_t> BytesLeft(const std::vector<Key<ExhibitItem>>& items) {
    uint64_t most = 0;
    for (const Key<ExhibitItem> item : items) {
      auto known = unpacked_bytes_.find(item);
      if (known == unpacked_bytes_.end())
        known = unpacked_bytes_.emplace(item, TRY(UnpackedBytesOf(database_, item))).first;
      most = std::max(most, known->second);
    }
    return unpacked_bytes_max_ - std::min(most, unpacked_bytes_max_);
  }

  // An archive may hold more than the vault takes in one batch. What is flushed before the archive's own transaction
  // belongs to nothing yet; if it comes to a crash, the archive is unpacked again and finds it there.
  Status FlushIfFull() {
    if (vault_.staged_bytes() < kFlushBytes) return {};
    Transaction transaction = TRY(Transaction::Begin(database_));
    TRY(vault_.Flush(transaction));
    return transaction.Commit();
  }

  Env& env_;
  Vault& vault_;
  Database& database_;
  const IdMaker& ids_;
  const PassGate& pass_gate_;
  const std::function<void(const ExamineProgress&)>& on_progress_;
  std::vector<std::pair<Key<Media>, FileFacts>> unwritten_;
  int64_t written_at_ = 0;  // by the monotonic clock
  uint64_t unpacked_bytes_max_ = 0;
  std::map<Key<ExhibitItem>, uint64_t> unpacked_bytes_;  // of the items whose archives were opened by this run
  ExaminerOptions examiner_options_;
  std::unique_ptr<Examiner> examiner_;
  ExamineProgress progress_;
  ExamineMediaSummary summary_;
};

}  // namespace

Result<ExamineMediaSummary> ExamineMedia(Env& env, Vault& vault, Database& database, const IdMaker& ids,
                                         const PassGate& pass_gate, const ExamineMediaOptions& options,
                                         const std::function<void(const ExamineProgress&)>& on_progress) {
  return Stage(env, vault, database, ids, pass_gate, on_progress).Run(options);
}

}  // namespace crossguard::examine
