// Preloaded into a server under test: its clock stands at FAKE_NOW, in milliseconds, however long the tests take.
import FakeTimers from "@sinonjs/fake-timers";

FakeTimers.install({ now: Number(process.env.FAKE_NOW), toFake: ["Date"] });
