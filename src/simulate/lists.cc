#include "simulate/lists.h"

#include "examine/kernel/decode.h"
#include "examine/kernel/pdq.h"

namespace crossguard::simulate {
namespace {

constexpr ListForm kForms[kListCount] = {
    {"known-own.csv", "known-own",
     "# crossguard-list "
     "{\"name\":\"known-own\",\"version\":\"2022-03\",\"owner\":\"nz-dia\",\"kind\":\"known\",\"scheme\":{\"id\":"
     "\"industry_a1b2\",\"country\":\"\",\"version\":\"2022\"},\"environment\":\"law enforcement\"}\n"
     "entry_id,md5,sha1,sha256,pdq,size_bytes,code,votes_for,votes_against,grade,series,withdrawn_at\n"
     // Rows that a reader must name and count: a digest of nothing, a digest that is none, a row that is too short.
     "own-empty,d41d8cd98f00b204e9800998ecf8427e,da39a3ee5e6b4b0d3255bfef95601890afd80709,,,0,A1,1,0,,,\n"
     "own-bad,not-a-digest,,,,,A1,1,0,,,\n"
     "own-short,00\n",
     ""},
    {"vics-us.json", "vics-us",
     "{\"@odata.context\":\"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/"
     "$metadata#Media\",\"value\":[\n",
     "\n]}\n"},
    {"icse.csv", "icse",
     "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;Number of "
     "submissions;File Available;Media Type;Baseline\n",
     ""},
    {"benign.csv", "benign",
     "# crossguard-list "
     "{\"name\":\"benign\",\"version\":\"2022.03.1\",\"owner\":\"nz-dia\",\"kind\":\"benign\"}\nentry_id,md5,sha1,"
     "sha256,size_bytes\n",
     ""}};

PlannedContent VariantOf(const OperationPlan& plan, uint64_t base) {
  if (IsFootage(base)) return FootageVariant(plan, base, 0);
  PlannedContent out = OriginalOf(plan, base);
  out.edit = Edit::kReencode;
  out.form = Form::kJpeg;
  out.quality = 72;
  out.variant = Mix(base, 77);
  return out;
}

// Of a video's entry: the frame that whoever listed it chose.
Bytes ListedFrame(uint64_t base, const PlannedContent& video) {
  return drawing::EncodeJpeg(drawing::DrawVideoFrame(base, ListedMillis(base), video.video->width, video.video->height),
                             {.quality = 95});
}

// Whether the moment that lists know is shown.
bool ShowsListed(const PlannedContent& content) {
  const Shown shown = ShownOf(content);
  const uint32_t at = ListedMillis(content.base) / 1000 / drawing::kShotSeconds;
  return shown.from_millis / 1000 / drawing::kShotSeconds <= at &&
         at <= (shown.to_millis - 1) / 1000 / drawing::kShotSeconds;
}

std::string PdqOf(const Bytes& jpeg) {
  const examine::Decoded decoded = examine::DecodeJpeg(jpeg, {});
  CHECK(decoded.picture.has_value());  // drawn here, a moment ago
  return examine::HashPdq(*decoded.picture).hash.hex();
}

struct EntryRow {
  std::string id, md5, sha1, sha256, pdq, code, withdrawn_at;
  uint64_t size_bytes = 0;
  uint64_t roll = 0;  // for the facts that mean nothing here
  bool video = false;
};

std::string RowText(ListNo list, const EntryRow& row) {
  const auto yes = [&](uint64_t bit) { return (row.roll >> bit) % 2 == 1; };
  switch (list) {
    case ListNo::kOwn:
      return row.id + "," + row.md5 + "," + row.sha1 + "," + row.sha256 + "," + row.pdq + "," +
             std::to_string(row.size_bytes) + "," + row.code + "," + std::to_string(1 + row.roll % 4) + ",0," +
             (yes(3) ? "trusted" : "indicative") + "," + (yes(4) ? "series-" + std::to_string(row.roll % 50) : "") +
             "," + row.withdrawn_at + "\n";
    case ListNo::kVics: {
      std::string text = "{\"MediaID\":" + row.id + ",\"Category\":" + row.code + ",\"MD5\":\"" + row.md5 +
                         "\",\"SHA1\":\"" + row.sha1 + "\",\"MediaSize\":" + std::to_string(row.size_bytes) +
                         ",\"MimeType\":\"" + (row.video ? "video/mp4" : "image/jpeg") +
                         "\",\"VictimIdentified\":" + (yes(5) ? "true" : "false") +
                         ",\"IsDistributed\":" + (yes(6) ? "true" : "false");
      if (!row.pdq.empty()) text += ",\"AlternativeHashes\":[{\"HashName\":\"PDQ\",\"HashValue\":\"" + row.pdq + "\"}]";
      return text + "}";
    }
    case ListNo::kIcse:
      return row.md5 + ";" + row.sha1 + ";;" + row.id + ";" + (yes(7) ? "True" : "False") + ";False;False;;" +
             std::to_string(1 + row.roll % 9) + ";True;" + (row.video ? "Video;" : "Image;") +
             (yes(8) ? "True" : "False") + "\n";
    case ListNo::kBenign:
      return row.id + "," + row.md5 + "," + row.sha1 + "," + row.sha256 + "," + std::to_string(row.size_bytes) + "\n";
  }
  return {};
}

void AppendRow(ListNo list, const EntryRow& row, ListRows& out) {
  std::string& text = out[static_cast<size_t>(list)];
  if (list == ListNo::kVics && !text.empty()) text += ",\n";
  text += RowText(list, row);
}

std::string Hex(uint64_t value) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (unsigned shift = 64; shift > 0; shift -= 4) out += kHex[(value >> (shift - 4)) & 15U];
  return out;
}

}  // namespace

const ListForm& FormOf(ListNo list) {
  return kForms[static_cast<size_t>(list)];
}

std::vector<ListedEntry> EntriesOf(uint64_t base) {
  const Standing standing = StandingOf(base);
  const uint64_t roll = Mix(base, 11);
  std::vector<ListedEntry> out;
  if (standing == Standing::kUnknown) return out;
  if (standing == Standing::kBenign) {
    out.push_back({.list = ListNo::kBenign, .id = "ok-" + Hex(base), .live = false});
    return out;
  }
  const bool alone = standing != Standing::kConflict && roll % 5 == 0;  // only on the VICS list
  if (!alone)
    out.push_back(
        {.list = ListNo::kOwn, .id = "own-" + Hex(base), .has_pdq = true, .live = standing != Standing::kWithdrawn});
  if (alone || standing == Standing::kConflict || roll / 5 % 10 < 5)
    out.push_back({.list = ListNo::kVics,
                   .id = std::to_string(1'000'000 + base % 9'000'000'000'000),
                   .variant = roll / 50 % 2 == 1,
                   .has_pdq = alone || roll / 100 % 10 < 7});
  if (roll / 1000 % 10 < 3) out.push_back({.list = ListNo::kIcse, .id = "I" + Hex(base)});
  return out;
}

std::string_view HowMet(const ListedEntry& entry, const PlannedContent& content) {
  if (!entry.variant && IsOriginal(content))
    return entry.list == ListNo::kVics || entry.list == ListNo::kIcse ? "sha1" : "sha256";
  if (!entry.has_pdq) return "";
  return content.video ? "vpdq" : "pdq";
}

bool IsHardHit(const ListedEntry& entry, const PlannedContent& content) {
  const std::string_view how = HowMet(entry, content);
  if (how.empty()) return true;
  const bool damaged = content.damage == Damage::kTruncated || content.damage == Damage::kCorrupt;
  if (IsFootage(content.base) && how.ends_with("pdq") && !ShowsListed(content)) return true;
  return how.ends_with("pdq") && (IsHard(content.edit) || damaged);
}

std::string_view HitCause(const ListedEntry& entry, const PlannedContent& content) {
  const std::string_view how = HowMet(entry, content);
  if (how.empty()) return "no common hash";
  if (!how.ends_with("pdq")) return "exact";
  if (IsFootage(content.base) && !ShowsListed(content)) return "the listed frame is not shown";
  return content.damage == Damage::kNone ? Text(content.edit) : Text(content.damage);
}

void AppendEntries(const OperationPlan& plan, uint64_t base, ContentMaker& maker, ListRows& out) {
  const std::vector<ListedEntry> entries = EntriesOf(base);
  if (entries.empty()) return;
  const Standing standing = StandingOf(base);
  // Of a picture the bytes too, for its fingerprint; a video is only passed by.
  const auto make = [&](const PlannedContent& content) {
    return content.video ? maker.Make(content, [](ByteView) {}) : maker.Make(content);
  };
  const MadeContent original = make(OriginalOf(plan, base));
  for (const ListedEntry& entry : entries) {
    const MadeContent made = entry.variant ? make(VariantOf(plan, base)) : original;
    EntryRow row{.id = entry.id,
                 .md5 = made.digests.md5.hex(),
                 .sha1 = made.digests.sha1.hex(),
                 .sha256 = made.digests.sha256.hex(),
                 .size_bytes = made.digests.size_bytes,
                 .roll = Mix(base, 13),
                 .video = IsFootage(base)};
    if (entry.has_pdq) row.pdq = PdqOf(row.video ? ListedFrame(base, OriginalOf(plan, base)) : made.bytes);
    if (entry.list == ListNo::kOwn) row.code = std::array{"A1", "A2", "B1", "B2"}[row.roll % 4];
    if (entry.list == ListNo::kVics) row.code = standing == Standing::kConflict ? "0" : "1";
    if (entry.list == ListNo::kOwn && standing == Standing::kWithdrawn) row.withdrawn_at = "2022-02-01T00:00:00Z";
    AppendRow(entry.list, row, out);
  }
}

void AppendStrangers(uint64_t seed, int64_t count, ListRows& out) {
  SeededRandom random(Mix(seed, 0x57A6));
  for (int64_t i = 0; i < count; ++i) {
    const auto hex = [&](size_t bytes) {
      Bytes digest(bytes);
      random.Fill(digest);
      return ToHex(digest);
    };
    const auto list = static_cast<ListNo>(random.Below(kListCount));
    EntryRow row{.id = list == ListNo::kVics ? std::to_string(random.Below(1'000'000)) : "s-" + Hex(random.Next()),
                 .md5 = hex(16),
                 .sha1 = hex(20),
                 .sha256 = hex(32),
                 .size_bytes = 1'000 + random.Below(4'000'000),
                 .roll = random.Next()};
    if (list == ListNo::kOwn) row.pdq = hex(32);
    row.code = list == ListNo::kVics ? "1" : "B2";
    AppendRow(list, row, out);
  }
}

}  // namespace crossguard::simulate
