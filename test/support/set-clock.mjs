// Preloaded into a server under test: its clock starts at FAKE_NOW, in milliseconds, and runs on from there.
import FakeTimers from "@sinonjs/fake-timers";

FakeTimers.install({ now: Number(process.env.FAKE_NOW), toFake: ["Date"], shouldAdvanceTime: true });
