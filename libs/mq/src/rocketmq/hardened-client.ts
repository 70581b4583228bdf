import type { ChannelCredentials } from '@grpc/grpc-js';
import { BaseClient, type Endpoints } from 'rocketmq-client-nodejs';
import type { Settings } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { isRefusal } from './broker-errors.js';
import { ClientLog } from './client-log.js';
import { HardenedRpc, inertStream, type TelemetryStream } from './hardened-rpc.js';
import { within } from './within.js';

/** Milliseconds for the settings to arrive once the routes are known: they take some 10, 1000s on a machine that starves. */
const STARTUP_MS = 10_000;
/** A settings frame may get lost while the proxy registers us; the client would send it again after 5 minutes. */
const NUDGE_MS = 1_000;

/** Milliseconds that a shutdown may wait for work under way unless drainFor() said otherwise. */
const DRAIN_MS = 2_000;

const nothing = (): void => undefined;

// TypeScript demands any[] for the constructor of a mixin's base.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyClient = abstract new (...args: any[]) => BaseClient;

/**
 * What producer and consumer share. States: built → starting → running → closed; a failed start is closed too, and closed is
 * final: make a new one. The overrides use protected members of 1.0.8, which is why that version is pinned.
 */
export function Hardened<B extends AnyClient>(Base: B) {
  abstract class HardenedClient extends Base {
    #rpc: HardenedRpc | undefined;
    #closed = false;
    #drainUntil = Infinity;
    #settings: [Endpoints, Settings] | undefined;
    readonly #streams = new Map<string, TelemetryStream>();
    #failStart: (reason: unknown) => void = nothing;
    protected readonly startupMs: number = STARTUP_MS;

    /** Swaps the RPC layer; to be called in the constructor, before anything has used it. */
    protected harden(credentials: ChannelCredentials): void {
      this.rpcClientManager.close();
      this.#rpc = new HardenedRpc(this, this.logger, credentials);
      Object.defineProperty(this, 'rpcClientManager', { value: this.#rpc });
    }

    get rpc(): HardenedRpc {
      if (!this.#rpc) throw new Error('harden() was not called by the constructor');
      return this.#rpc;
    }

    get closed(): boolean {
      return this.#closed;
    }

    get connected(): boolean {
      return this.isRunning() && this.rpc.reachable;
    }

    /** How long shutdown() may wait for work under way, from now. */
    protected drainFor(ms: number): void {
      this.#drainUntil = Date.now() + ms;
    }

    /**
     * Bounded, and a failed start leaves nothing behind: in the client it hangs when the settings arrive before it listens
     * (6 topics: nearly always) and when the group is unknown, and a failure leaves timers and channels.
     */
    override async startup(): Promise<void> {
      const refused = new Promise<never>((_, reject) => (this.#failStart = reject));
      refused.catch(nothing); // it may be refused after the start: then nobody listens, and nobody has to
      const started = super.startup();
      started.catch(nothing); // it loses the race below when the start is cut short
      const nudge = setInterval(() => this.#nudge(), NUDGE_MS);
      try {
        await within(this.startupMs, 'the start', Promise.race([started, refused]));
        const missing = [...this.topics].filter((topic) => !this.topicRouteCache.has(topic));
        if (missing.length > 0) throw new Error(`no route for ${missing.join(', ')}`);
      } catch (error) {
        await this.#forceClose();
        throw error;
      } finally {
        clearInterval(nudge);
        this.#failStart = nothing;
      }
    }

    /** Never rejects, and always closes the channel: in the client it rejects and leaks it when the proxy is down. */
    override async shutdown(): Promise<void> {
      if (this.#closed) return;
      this.#mute();
      if (this.#drainUntil === Infinity) this.drainFor(DRAIN_MS);
      this.#failStart(new Error('stopped while starting'));
      try {
        await super.shutdown();
        this.#closed = true;
        for (const address of this.#streams.keys()) this.#drop(address);
      } catch {
        // Whatever failed, the answer is the same: nothing may stay open.
        await this.#forceClose();
      }
    }

    /** The settings are remembered for updateRoutes(); a frame that cannot be digested must not end the process. */
    override onSettingsCommand(endpoints: Endpoints, settings: Settings): void {
      this.#settings = [endpoints, settings];
      this.rpc.reachable = true;
      this.#digest(endpoints, settings);
    }

    #digest(endpoints: Endpoints, settings: Settings): void {
      try {
        super.onSettingsCommand(endpoints, settings);
      } catch (error) {
        this.logger.error('settings were not digested: %s', error);
      }
    }

    /** Replays the settings once the client listens: it does so only after the routes of all topics are there. */
    protected override async updateRoutes(): Promise<void> {
      if (this.#closed) throw new Error('The client is closed');
      try {
        await super.updateRoutes();
      } finally {
        if (!this.isRunning()) setImmediate(() => this.#settings && !this.#closed && this.#digest(...this.#settings));
      }
      // A start that was cut short goes on in here and would set up timers that nobody clears.
      if (this.#closed) {
        this.topicRouteCache.clear();
        throw new Error('The client is closed');
      }
    }

    /** The client's waits all go through here: a deadline bounds its drain loops, and its retries once it is closed. */
    protected override async sleep(ms: number): Promise<void> {
      if (this.#closed) throw new Error('The client is closed');
      if (Date.now() > this.#drainUntil) throw new Error('the drain time is over');
      await super.sleep(this.#drainUntil === Infinity ? ms : Math.min(ms, 20));
    }

    /**
     * One stream per address. An error on a released stream must find a listener, or the process ends; a stream that a later
     * one replaces is cancelled, or the proxy would keep both.
     */
    override createTelemetryStream(endpoints: Endpoints): TelemetryStream {
      if (this.#closed) return inertStream();
      this.#drop(endpoints.facade);
      const stream = super.createTelemetryStream(endpoints);
      this.#streams.set(endpoints.facade, stream);
      stream.on('error', (error) => this.#onStreamError(error));
      const removeAll = stream.removeAllListeners.bind(stream);
      // Spread: removeAllListeners(undefined) removes nothing, and the client calls it without an argument.
      stream.removeAllListeners = (...event: [(string | symbol)?]) => {
        removeAll(...event);
        return stream.on('error', nothing);
      };
      return stream;
    }

    /** Cancelled, not only ended: a proxy that hangs would never end its side, and the process would not exit. */
    #drop(address: string): void {
      const stream = this.#streams.get(address);
      this.#streams.delete(address);
      stream?.removeAllListeners();
      stream?.cancel();
    }

    #onStreamError(error: unknown): void {
      this.rpc.reachable = false;
      // An unknown group, a missing right: the client would open the stream again every second, for ever.
      if (isRefusal(error)) this.#failStart(error);
    }

    #nudge(): void {
      if (this.isRunning() || this.#closed) return;
      for (const endpoints of this.getTotalRouteEndpoints()) this.telemetry(endpoints, this.settingsCommand());
    }

    /** Calls and streams that we cut ourselves come back as failures. */
    #mute(): void {
      if (this.logger instanceof ClientLog) this.logger.mute();
    }

    async #forceClose(): Promise<void> {
      this.#closed = true;
      this.#mute();
      try {
        await BaseClient.prototype.shutdown.call(this);
      } catch {
        // It clears its timers first of all; what it did not get to is below.
      }
      for (const address of this.#streams.keys()) this.#drop(address);
      this.rpc.close();
    }
  }
  return HardenedClient;
}
