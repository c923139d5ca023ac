// What is planted, before anything is drawn or written: persons, their accounts, the reports about them, the files. An
// operation is planned block by block; a block is a function of the seed and its number alone, so that an operation of
// any size needs the memory of a few blocks, and blocks can be made side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drawing/video.h"
#include "simulate/sizes.h"
#include "simulate/world.h"

namespace crossguard::simulate {

constexpr int64_t kBlockAccounts = 250;  // reported accounts of one block
constexpr std::string_view kProvider = "Kauri Social Ltd (synthetic)";

// Where an identifier stands. Hidden ones are written in words that a person understands and no rule should guess.
enum class Where : uint8_t { kField, kText, kHidden };
std::string_view Text(Where where);

struct PlannedSelector {
  std::string type;     // as truth.json names it
  std::string value;    // canonical, by docs/formats/selectors.md; made so, not computed
  std::string written;  // as the provider has it
  std::string kind;     // e-mail and phone: "Home", "Recovery"; device: its id type
  Where where = Where::kField;
  std::optional<bool> verified;
};

// How a time is written.
enum class Zone : uint8_t { kUtc, kOffset, kNone };

struct PlannedIp {
  std::string value;  // canonical
  std::string written;
  uint16_t port = 0;  // 0: not given
  int64_t at_us = 0;
  int offset_minutes = 0;
  Zone zone = Zone::kUtc;
  std::string event;
  std::optional<bool> proxy;
};

enum class Role : uint8_t { kReported, kRecipient, kVictim, kAssociated };
std::string_view Text(Role role);

struct PlannedAccount {
  Role role = Role::kReported;
  std::string service;
  std::string id;
  int64_t person = 0;                // number, from 1 in the whole operation; 0 for roles other than reported
  const Country* country = nullptr;  // where the person is; nullptr: nobody can tell from what there is
  bool minor = false;
  std::string age, birth_date;  // as declared; "" if not
  // Why a person would see it, for the explanation of misses in a score.
  std::string minor_by;  // "age", "birth date", "annotation", "text only"
  std::string place_by;  // "home", "data centre abroad", "three countries", "nothing"
  std::string tie;       // what ties the accounts of its person together; "" if it is the only one
  std::string first_name, last_name;
  std::string bio, school, group, associated_kind;
  std::string address_country, billing_country, estimated_country;
  bool billing = false;
  std::vector<int64_t> prior_reports;
  std::vector<PlannedSelector> selectors;
  std::vector<PlannedIp> ips;
};

// What was done to a drawn picture.
enum class Edit : uint8_t {
  kOriginal,
  kReencode,
  kResize,
  kMildCrop,
  kMildColour,
  kNoise,
  kHardCrop,
  kMirror,
  kCaption,
  kHardColour,
  // Of videos.
  kClip,         // cut out at a second
  kClipBetween,  // cut out between two seconds: other frames are looked at
  kFewerFrames,  // another frame rate
  kStill         // a picture of one moment
};
std::string_view Text(Edit edit);
bool IsHard(Edit edit);  // beyond what PDQ at distance 31 is made to reach

enum class Form : uint8_t {
  kJpeg,
  kProgressiveJpeg,
  kGreyJpeg,
  kPng,
  kWebp,
  kGif,
  kZip,
  kOther,
  kVideo,
  kTarGz,
  kMail,
  kPdf,
  kSevenZip,
  kIso,
  kDocx,
  kOdt,
  kHeic,
  kAvif,
  kJxl,
  kTiff,
  kBmp,
  kDng,
  kHeicSequence,  // without a cover
  kAvifSequence,  // likewise
  kAnimatedWebp,
  kAnimatedGif
};
std::string_view PackedIn(Form form);  // "zip", "mail" ...; "": not an archive of any kind

// The small picture that a camera puts into its own.
enum class StandIn : uint8_t { kNone, kOwn, kOther };  // kOther: the picture was exchanged, the stand-in was forgotten
std::string_view Text(StandIn stand_in);               // "", "own", "other"
enum class Damage : uint8_t { kNone, kEmpty, kTruncated, kCorrupt, kMislabelled };
std::string_view Text(Damage damage);

// One drawn content: equal plans give equal bytes.
struct PlannedContent {
  uint64_t base = 0;  // seed of the scene or footage; 0: neither
  uint32_t width = 0, height = 0;
  Form form = Form::kJpeg;
  int quality = 85;
  Edit edit = Edit::kOriginal;
  uint64_t variant = 0;  // seed of the edit
  Damage damage = Damage::kNone;
  uint64_t camera = 0;                  // 0: no EXIF
  StandIn stand_in = StandIn::kNone;    // in the EXIF
  std::vector<PlannedContent> members;  // of an archive
  std::optional<drawing::VideoForm> video;
  uint32_t still_millis = 0;  // of a still: its moment in the footage
};

struct PlannedFile {
  std::string id;
  size_t account = 0;  // index in the block
  PlannedContent content;
  std::string name, original_name;
  int64_t uploaded_us = 0;
  std::optional<bool> viewed, exif_viewed, publicly_available;
  std::string relevance, classification;
  std::vector<std::string> annotations;
  bool claimed_wrong = false;
  bool claims_md5 = true, claims_sha1 = false;
  std::string notes;
  bool missing = false;  // declared, but no bytes came with it
};

struct Mention {
  size_t account = 0;  // index in the block
  Role role = Role::kReported;
  std::vector<size_t> ips;           // which of its events this report tells
  std::string notes;                 // the provider's words; what stands in text is in them
  std::optional<size_t> associated;  // another account, told inside of this one
  bool full = false;                 // tells all of the account's selectors; else its screen name only
};

struct PlannedReport {
  int64_t id = 0;
  int64_t received_us = 0, incident_us = 0;
  std::string incident_type;
  std::optional<std::string> urgent;  // the provider's reason
  std::vector<std::string> annotations;
  bool batched = false;
  std::vector<Mention> mentions;
  std::vector<PlannedFile> files;
  std::string notes;
  bool repeated = false;  // the same report lies there a second time
};

struct SharedSelector {  // shared by people who are not one person
  std::string type, value, kind;
  int64_t accounts = 0;
};

struct Block {
  int64_t number = 0;
  std::vector<PlannedAccount> accounts;
  std::vector<std::string>
      urgent;  // per account: why a child may be in danger now, by what a person can read; "" if not
  std::vector<PlannedReport> reports;
  std::vector<SharedSelector> shared;
};

struct OperationPlan {
  OperationSize size;
  uint64_t seed = 1;
  double scale = 1;  // of picture sides, so that the bytes come out as asked for
  int64_t block_count = 0;
  uint64_t popular_count = 0;  // pictures that many accounts have
  // The mix of docs/performance.md: most bytes are videos, of pictures a large part are a few photos as cameras make
  // them.
  double photo_chance = 0;   // of a picture to be such a photo
  double photo_scale = 1;    // of its sides
  double video_share = 0;    // of all bytes
  double camera_scale = 1;   // of the sides of videos as cameras make them
  double clip_scale = 1;     // of those that messengers and the web pass on
  double camera_rounds = 1;  // how often a video shows its footage: with many bytes for few accounts they are long
  double clip_rounds = 1;    // times those of each variant
  uint64_t popular_videos = 0;
};

OperationPlan PlanOperation(const OperationSize& size, uint64_t seed);
Block PlanBlock(const OperationPlan& plan, int64_t number);

// Pictures that go round among many; rank 0 is the most popular.
uint64_t PopularBase(const OperationPlan& plan, uint64_t rank);
bool IsPopular(uint64_t base);  // whether a scene or footage goes round among many: its copies are not of one block
// The first form of a scene or footage, as whoever put it on a list had it.
PlannedContent OriginalOf(const OperationPlan& plan, uint64_t base);

// The picture as its owner's camera or telephone wrote it: with EXIF, and some in other kinds of file than JPEG.
PlannedContent TakenBy(PlannedContent content, uint64_t camera);
// What its bytes are, as MIME; "": left open.
std::string_view KindOf(const PlannedContent& content);
std::string_view SuffixOf(const PlannedContent& content);  // of its file's name: ".jpg"

// Footages, whose videos are cut, coded and passed on.
bool IsFootage(uint64_t base);
uint64_t PopularFootage(const OperationPlan& plan, uint64_t rank);
uint64_t OwnFootage(const OperationPlan& plan, int64_t block, uint64_t nth);
uint32_t FootageMillis(uint64_t base);
uint32_t ListedMillis(uint64_t base);  // the moment whose frame lists know
// What else goes round of a footage: a small family, so that copies of copies are the same bytes.
constexpr uint64_t kFootageVariants = 14;
PlannedContent FootageVariant(const OperationPlan& plan, uint64_t base, uint64_t nth);
double BytesOf(const PlannedContent& video);  // about
// The part of the footage that is shown: of a still nothing but its moment.
struct Shown {
  uint32_t from_millis = 0, to_millis = 0;
};
Shown ShownOf(const PlannedContent& content);

// What the hash lists say of a scene.
enum class Standing : uint8_t { kUnknown, kKnown, kWithdrawn, kConflict, kBenign };
Standing StandingOf(uint64_t base);

}  // namespace crossguard::simulate
