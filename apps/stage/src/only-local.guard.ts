import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ForeignRequestError } from './domain/stage.errors.js';

const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Listening on loopback is not enough: a web page of anybody can make the browser of this machine send a POST, and a name of
 * anybody can resolve to 127.0.0.1. Both show in the headers.
 */
@Injectable()
export class OnlyLocal implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { host = '', origin } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    if (!LOCAL.test(host) || (origin !== undefined && origin !== `http://${host}`)) throw new ForeignRequestError();
    return true;
  }
}
