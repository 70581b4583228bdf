/** The HTTP contract, written down a second time on purpose: a service that changes it must be noticed here. */

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: 'PENDING' | 'AWAITING_PAYMENT' | 'PAID' | 'REJECTED' | 'CANCELLED';
  readonly cancelReason: 'CUSTOMER' | 'PAYMENT_TIMEOUT' | null;
  readonly flow: string;
  readonly lines: readonly (OrderLine & { readonly unitPriceMinor: number })[];
  readonly amountMinor: number;
  readonly currency: string;
  readonly expiresAt: string;
  readonly createdAt: string;
  readonly version: number;
  readonly payments: readonly Payment[];
}

export interface Payment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly state: 'CAPTURED' | 'REFUND_DUE' | 'REFUNDED';
}

export interface Stock {
  readonly sku: string;
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

/** What is asked of a timeline here; it has more. */
export interface Timeline {
  readonly complete: boolean;
  readonly steps: readonly {
    readonly service: string;
    readonly step: string;
    readonly eventType?: string;
    readonly messageId?: string;
  }[];
}

export interface Reservation {
  readonly orderId: string;
  readonly state: 'RESERVED' | 'REFUSED' | 'SOLD' | 'RELEASED';
  readonly reason: string | null;
  readonly lines: readonly OrderLine[];
}
