import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import { ProblemResponse } from './problem-responses.js';

export interface Described {
  readonly title: string;
  readonly description: string;
  readonly version: string;
}

/** `/docs` for people, `/docs-json` for programs. The document is made when it is first asked for. */
export function serveOpenApi(app: NestFastifyApplication, about: Described): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app, about), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    swaggerOptions: { validatorUrl: null },
  });
}

function openApiOf(app: NestFastifyApplication, { title, description, version }: Described): OpenAPIObject {
  const base = new DocumentBuilder().setTitle(title).setDescription(description).setVersion(version).build();
  return SwaggerModule.createDocument(app, base, { extraModels: [ProblemResponse] });
}

/** TLS ends in front of the services, so nothing here may insist on HTTPS. Swagger UI needs inline styles and data: images. */
export const SECURITY_HEADERS: FastifyHelmetOptions = {
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
};
